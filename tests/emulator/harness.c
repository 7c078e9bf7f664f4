/* Runs the gate's firmware on an emulated ATmega328P, with beams broken at given instants.
 *
 *     harness FIRMWARE.elf SCRIPT          as fast as it goes; what the gate sends is printed
 *     harness FIRMWARE.elf SCRIPT --pty    in real time, its serial line on a pty (named first)
 *
 * A script has one event a line, in order of time; times are microseconds since the start:
 *     1000.5 pin 2 1        D2 goes high
 *     2000 host 3f2a0a      these bytes (hex) begin to reach the gate, BYTE_CYCLES each
 *     3000 reset            as by its button
 *     9000 end
 * Before any event the pins are low but D4 and D5 (jumpers open) high. The first line may be
 * `memory N`: what the memory holds before it is written, drawn from that seed.
 *
 * Printed is a line for each byte that the gate has begun to send: its time in microseconds and
 * its value in hex. With --pty and no `end` it goes on until it is killed.
 *
 * It links libsimavr (GPL-3): a tool of the tests, of which nothing is shipped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <simavr/avr_extint.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#define HZ 16000000
#define BYTE_CYCLES (8 * 17 * 11) /* as libsimavr counts it at 115200 baud: 93.5 us, not 85 */

enum kind { PIN, HOST, RESET, END };

struct event {
    avr_cycle_count_t at;
    enum kind kind;
    int pin, level;
    uint8_t byte;
};

static avr_t *avr;
static struct event *events;
static size_t count, room, next;
static int reset_due, ended;
static uint8_t levels[8] = {[4] = 1, [5] = 1};
static int pty = -1;

static void fail(const char *what) {
    fprintf(stderr, "harness: %s: %s\n", what, errno ? strerror(errno) : "not understood");
    exit(2);
}

static void add(double us, struct event event) {
    event.at = (avr_cycle_count_t)(us * (HZ / 1e6) + 0.5);
    if (count == room) events = realloc(events, (room = 2 * room + 64) * sizeof *events);
    if (!events) fail("events");
    events[count++] = event;
}

static void fill_memory(unsigned seed) {
    for (uint32_t at = 0x100; at <= avr->ramend; at++)
        avr->data[at] = (seed = seed * 1103515245u + 12345u) >> 16;
}

static void read_script(const char *path) {
    static char line[8192];
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    while (fgets(line, sizeof line, file)) {
        double us;
        unsigned seed, pin, level;
        int after = 0;
        errno = 0;
        if (sscanf(line, "memory %u", &seed) == 1) fill_memory(seed);
        else if (sscanf(line, "%lf pin %u %u", &us, &pin, &level) == 3 && pin < 8)
            add(us, (struct event){.kind = PIN, .pin = pin, .level = level});
        else if (sscanf(line, "%lf host %n", &us, &after) == 1 && after) {
            unsigned byte;
            for (char *hex = line + after; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
                add(us, (struct event){.kind = HOST, .byte = byte});
                us += BYTE_CYCLES * 1e6 / HZ;
            }
        } else if (sscanf(line, "%lf reset%n", &us, &after) == 1 && after)
            add(us, (struct event){.kind = RESET});
        else if (sscanf(line, "%lf end%n", &us, &after) == 1 && after)
            add(us, (struct event){.kind = END});
        else fail(line);
    }
    fclose(file);
}

static int by_time(const void *a, const void *b) {
    const struct event *one = a, *other = b;
    if (one->at != other->at) return one->at < other->at ? -1 : 1;
    return one < other ? -1 : 1;
}

static void drive(int pin, int level) {
    levels[pin] = level;
    avr_ioport_external_t driven = {.name = 'D', .mask = 0xFF}; /* stronger than any pull-up */
    for (int each = 0; each < 8; each++) driven.value |= levels[each] << each;
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL('D'), &driven);
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), pin), level);
}

static void to_gate(uint8_t byte) {
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), byte);
}

static void from_gate(struct avr_irq_t *irq, uint32_t value, void *unused) {
    (void)irq, (void)unused;
    uint8_t byte = value;
    if (pty < 0) printf("%.4f %02x\n", avr->cycle * 1e6 / HZ, byte);
    else if (write(pty, &byte, 1) < 0 && errno != EAGAIN && errno != EIO) fail("pty");
}

static void open_pty(void) {
    struct termios raw;
    pty = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (pty < 0 || grantpt(pty) || unlockpt(pty)) fail("pty");
    int other = open(ptsname(pty), O_RDWR | O_NOCTTY); /* kept: the line outlives its readers */
    if (other < 0 || tcgetattr(other, &raw)) fail("pty");
    cfmakeraw(&raw);
    tcsetattr(other, TCSANOW, &raw);
    printf("%s\n", ptsname(pty));
    fflush(stdout);
}

/* Let real time catch up, and take what has been written to the pty, byte by byte. */
static avr_cycle_count_t keep_pace(avr_t *of, avr_cycle_count_t when, void *unused) {
    static int64_t begun_ns;
    static uint8_t waiting[4096];
    static ssize_t first, end;
    struct timespec t;
    (void)of, (void)unused;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t now_ns = t.tv_sec * 1000000000LL + t.tv_nsec;
    int64_t due_ns = (int64_t)(avr->cycle * 62.5);
    if (!begun_ns) begun_ns = now_ns - due_ns;
    if (begun_ns + due_ns > now_ns) {
        t.tv_sec = 0, t.tv_nsec = begun_ns + due_ns - now_ns;
        nanosleep(&t, NULL);
    }
    if (first >= end) first = 0, end = read(pty, waiting, sizeof waiting);
    if (first < end) to_gate(waiting[first++]);
    return when + (first < end ? BYTE_CYCLES : HZ / 2000);
}

/* What is due happens, and names the time of what comes after it, which has to be a later one. */
static avr_cycle_count_t happen(avr_t *of, avr_cycle_count_t when, void *unused) {
    (void)of, (void)unused;
    while (next < count && events[next].at <= when && !reset_due && !ended) {
        struct event *event = &events[next++];
        if (event->kind == PIN) drive(event->pin, event->level);
        if (event->kind == HOST) to_gate(event->byte);
        if (event->kind == RESET) reset_due = 1; /* not from within a timer: it clears them */
        if (event->kind == END) ended = 1;
    }
    return next < count && !reset_due && !ended ? events[next].at : 0;
}

static void start(void) {
    uint32_t flags = 0; /* not paced by the emulator, nothing echoed on stdout */
    avr_reset(avr);
    avr->run_cycle_limit = HZ; /* on to the next timer in one go; a reset forbids it */
    for (int pin = 0; pin < 2; pin++) avr_extint_set_strict_lvl_trig(avr, pin, 0); /* it is slow */
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    for (int pin = 0; pin < 8; pin++) {
        int level = levels[pin];
        drive(pin, !level); /* a level that it believes to be there already is not taken */
        drive(pin, level);
    }
    if (pty >= 0) avr_cycle_timer_register(avr, 1, keep_pace, NULL);
    if (next < count) {
        avr_cycle_count_t at = events[next].at;
        avr_cycle_timer_register(avr, at > avr->cycle ? at - avr->cycle : 1, happen, NULL);
    }
}

static void quiet(avr_t *from, const int level, const char *format, va_list arguments) {
    (void)from;
    if (level <= LOG_ERROR) vfprintf(stderr, format, arguments);
}

int main(int argc, char *argv[]) {
    elf_firmware_t firmware = {0};
    if (argc < 3 || (argc == 4 && strcmp(argv[3], "--pty")) || argc > 4) fail("arguments");
    avr_global_logger_set(quiet);
    if (elf_read_firmware(argv[1], &firmware)) fail(argv[1]);
    avr = avr_make_mcu_by_name("atmega328p");
    if (!avr) fail("atmega328p");
    avr_init(avr);
    firmware.frequency = HZ;
    avr_load_firmware(avr, &firmware);
    avr->vcc = avr->avcc = avr->aref = 4980;
    read_script(argv[2]);
    qsort(events, count, sizeof *events, by_time);
    avr_irq_register_notify(
        avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), from_gate, NULL);
    if (argc == 4) open_pty();
    start();
    while (!ended && (next < count || pty >= 0)) {
        int state = avr_run(avr);
        if (state == cpu_Crashed || state == cpu_Done) fail("the firmware stopped");
        if (reset_due) {
            reset_due = 0;
            start();
        }
    }
    return 0;
}
