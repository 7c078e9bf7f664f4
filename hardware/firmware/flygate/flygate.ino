/* flygate: two light beams on an ATmega328P at 16 MHz (Arduino Nano or Uno), speaking FGP/1.
 *
 * It decides what is a change of a beam and when that change began, on one clock for both beams,
 * and tells both edges of everything. It never decides which break was the body, it has no dead
 * time, and it never waits: two interrupts of a few microseconds take the stamps, a third takes
 * the bytes that come in, and one loop does the rest in passes of less than half a millisecond.
 *
 * The Arduino IDE compiles this as it is; so does avr-gcc alone (see README.md). It has its own
 * main(), so the Arduino core's timer interrupt, which would delay stamps, never runs.
 *
 * Pins: D2 beam of gate 1, D3 beam of gate 2. HIGH means broken, so that a cut cable shows as a
 * broken beam; a jumper from D4 (gate 1) or D5 (gate 2) to GND turns that round, read at start.
 * The LED on D13 is lit while a beam is broken, for aligning.
 */
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <util/crc16.h>

#if !defined(__AVR_ATmega328P__) || (defined(F_CPU) && F_CPU != 16000000UL)
#error "flygate is for an ATmega328P at 16 MHz: an Arduino Nano (not Every) or an Uno R3"
#endif

#ifndef FIRST_OVERFLOWS
#define FIRST_OVERFLOWS 0 /* the tests start the clock shortly before its microseconds wrap */
#endif

#define VERSION "1.0.0"
#define GATES 2
#define KEPT 32           /* edges; divides 65536, so that a sequence number has one place */
#define TICKS_PER_US 2    /* Timer1 at 16 MHz / 8: 0.5 us, overflowing every 32768 us */
#define STALE_TICKS 32000 /* a change that is undecided for 16 ms is not a body's: begin again */
#define LONGEST_REQUEST 32
#define IDENTITY_PLACE ((void *)16) /* in EEPROM; a failing supply spoils address 0 first */

typedef struct {
    uint32_t overflows;
    uint16_t tick;
} Instant;

typedef struct {
    uint16_t first; /* tick of the first contact of the change that is undecided */
    uint16_t last;  /* tick of its latest contact */
    bool undecided;
    bool broken; /* as decided */
} Beam;

typedef struct {
    Instant at;
    uint8_t gate;
    bool broken;
} Edge;

typedef struct {
    uint32_t uid;
    uint16_t check; /* of uid; a blank EEPROM or another program's does not fit it */
    uint16_t boots;
} Identity;

static volatile uint16_t contact_ticks[GATES];
static volatile Beam beams[GATES];
static uint8_t jumpers; /* bit per gate: 1 open, HIGH is broken; 0 closed, LOW is broken */
static volatile uint16_t filter_ticks = 2000 * TICKS_PER_US;
static volatile uint16_t bounce_ticks = 250 * TICKS_PER_US;

static uint32_t overflows = FIRST_OVERFLOWS; /* the loop counts them: it passes far more often */
static Identity identity;

static Edge kept[KEPT];       /* the edge of sequence number s lies at s % KEPT */
static uint16_t next_seq = 1; /* of the next edge */
static uint16_t to_send = 1;  /* goes back when the host asks for a resend */
static uint16_t unsent = 1;   /* the first that was never sent */
static uint16_t lost;         /* edges that were overwritten before they were ever sent */
static uint8_t filled;        /* how many are kept */

static volatile uint8_t received[32]; /* the loop comes by every few bytes */
static volatile uint8_t received_end;
static volatile uint16_t newline_tick;

static char line[64]; /* the one that is being sent */
static uint8_t line_end, line_sent;
static uint16_t line_crc;

static const uint32_t powers_of_ten[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                         10000,      1000,      100,      10};

enum { PONG = 1, HELLO = 2, SETTING = 4, GONE = 8, BEAT = 16 };
static uint8_t due; /* lines to say, in the order in which they are said */
static char ping_token[11];
static Instant ping_at;
static uint16_t gone_seq;
static uint32_t next_beat_us = ((uint32_t)FIRST_OVERFLOWS << 15) + 1000000;

/* ---- beams: interrupts note contacts, the loop decides ---- */

static inline bool is_broken(uint8_t gate) {
    bool high = PIND & _BV(PD2 + gate);
    return high == (bool)(jumpers & _BV(gate));
}

/* A change begins at its first contact and ends with its last. Contacts that leave the decided
 * state again after a longer absence than the change had lasted (and than a bounce) begin another:
 * what was before was a glitch, and must not lend its time to the body that followed it. */
static inline void note(uint8_t gate) __attribute__((always_inline));

static inline void note(uint8_t gate) {
    volatile Beam *beam = &beams[gate];
    uint16_t tick = contact_ticks[gate];
    if (!beam->undecided) {
        beam->first = tick;
        beam->undecided = true;
    } else if (is_broken(gate) != beam->broken) {
        uint16_t absent = tick - beam->last;
        uint16_t lasted = beam->last - beam->first;
        if (absent > bounce_ticks && absent > lasted) beam->first = tick;
    }
    beam->last = tick;
}

/* The stamp comes before all else, and nothing here touches the status register. Then the other
 * beam may interrupt, as its stamp must not wait for this one's notes; this one itself may not,
 * its flag keeps a contact that comes meanwhile. The notes are taken in the handler of a vector
 * that no device of ours raises: it is only jumped to. */
#define NAME_(vector) #vector
#define NAME(vector) NAME_(vector)
#define STAMP(gate, interrupt, notes)                                                      \
    asm volatile("push r24 \n lds r24, %[low] \n sts %[tick], r24 \n"                      \
                 "lds r24, %[high] \n sts %[tick] + 1, r24 \n pop r24 \n"                  \
                 "cbi %[mask], %[bit] \n sei \n jmp " NAME(notes) ::[low] "i"(&TCNT1L),    \
                 [high] "i"(&TCNT1H), [tick] "i"(&contact_ticks[gate]),                    \
                 [mask] "I"(_SFR_IO_ADDR(EIMSK)), [bit] "I"(interrupt))

ISR(INT0_vect, ISR_NAKED) { STAMP(0, INT0, SPI_STC_vect); }

ISR(INT1_vect, ISR_NAKED) { STAMP(1, INT1, TWI_vect); }

ISR(SPI_STC_vect) {
    note(0);
    cli();
    EIMSK |= _BV(INT0);
}

ISR(TWI_vect) {
    note(1);
    cli();
    EIMSK |= _BV(INT1);
}

/* Two bytes that an interrupt would change between the reading of one and of the other. */
static uint16_t whole(const volatile uint16_t *value) {
    cli();
    uint16_t copy = *value;
    sei();
    return copy;
}

static Instant now(void) {
    cli();
    uint16_t tick = TCNT1;
    if (TIFR1 & _BV(TOV1)) {
        TIFR1 = _BV(TOV1);
        overflows++;
        tick = TCNT1;
    }
    sei();
    Instant at = {overflows, tick};
    return at;
}

/* The whole time of a tick that was at most 32 ms ago. */
static Instant past(uint16_t tick) {
    Instant at = now();
    if (tick > at.tick) at.overflows--;
    at.tick = tick;
    return at;
}

static uint32_t us_of(Instant at) { return at.overflows << 15 | at.tick / TICKS_PER_US; }

static uint16_t wraps_of(Instant at) { return at.overflows >> 17; }

static void keep(uint8_t gate, bool broken, uint16_t tick) {
    uint16_t overwritten = next_seq - KEPT;
    if (filled < KEPT) {
        filled++;
    } else {
        if (to_send == overwritten) to_send++;
        if (unsent == overwritten) {
            unsent++;
            lost++;
        }
    }
    Edge *edge = &kept[next_seq % KEPT];
    edge->at = past(tick);
    edge->gate = gate + 1;
    edge->broken = broken;
    next_seq++;
}

/* Once no contact has come for as long as the filter, the beam is what it is. Interrupts are held
 * up for no longer than it takes to see that none has come meanwhile. */
static void decide(uint8_t gate) {
    volatile Beam *beam = &beams[gate];
    if (!beam->undecided) return;
    uint16_t last = whole(&beam->last);
    uint16_t tick = whole(&TCNT1);
    if ((uint16_t)(tick - last) < filter_ticks) {
        if ((uint16_t)(tick - whole(&beam->first)) > STALE_TICKS) {
            cli();
            beam->first = beam->last;
            sei();
        }
        return;
    }
    bool broken = is_broken(gate);
    bool changed = broken != beam->broken;
    cli();
    uint16_t first = beam->first;
    bool settled = beam->last == last;
    if (settled) {
        beam->undecided = false;
        beam->broken = broken;
    }
    sei();
    if (!settled || !changed) return;
    keep(gate, broken, first);
    if (beams[0].broken || beams[1].broken)
        PORTB |= _BV(PB5);
    else
        PORTB &= ~_BV(PB5);
}

/* ---- lines out: begun when the wire is idle, and sent as fast as it takes the bytes ---- */

static void transmit(void) {
    if (line_sent == line_end || !(UCSR0A & _BV(UDRE0))) return;
    UCSR0A = _BV(TXC0) | _BV(U2X0); /* writing TXC0 clears it: the wire is not idle any more */
    UDR0 = line[line_sent++];
}

static bool wire_is_idle(void) { return line_sent == line_end && (UCSR0A & _BV(TXC0)); }

static void put(char c) {
    line[line_end++] = c;
    line_crc = _crc_xmodem_update(line_crc, c);
    transmit();
}

static void put_text(const char *text) {
    while (*text) put(*text++);
}

/* By subtraction: a division takes this chip four times as long. */
static void put_number(uint32_t value) {
    bool begun = false;
    for (uint8_t nth = 0; nth < sizeof powers_of_ten / sizeof *powers_of_ten; nth++) {
        char digit = '0';
        for (; value >= powers_of_ten[nth]; digit++) value -= powers_of_ten[nth];
        begun = begun || digit != '0';
        if (begun) put(digit);
    }
    put('0' + value);
}

static void put_field(uint32_t value) {
    put(',');
    put_number(value);
}

static void put_hex(uint32_t value, uint8_t digits) {
    while (digits--) put("0123456789ABCDEF"[value >> 4 * digits & 15]);
}

static void begin(char kind) {
    line_end = line_sent = 0;
    line_crc = 0xFFFF;
    put(kind);
}

static void end(void) {
    uint16_t crc = line_crc;
    put('*');
    put_hex(crc, 4);
    put('\n');
}

static void say_hello(void) {
    begin('H');
    put_text(",1,flygate-avr," VERSION ",");
    put_hex(identity.uid, 8);
    put_field(identity.boots);
    put_field(GATES);
    put_text(",EQR");
    end();
}

/* Its last stamp is when its own first byte has gone out. */
static void say_pong(void) {
    begin('Q');
    Instant at = now();
    put(',');
    put_text(ping_token);
    put_field(wraps_of(ping_at));
    put_field(us_of(ping_at));
    put_field(us_of(at));
    end();
}

static void say_setting(void) {
    begin('K');
    put_text(",deb");
    put_field(filter_ticks / TICKS_PER_US);
    end();
}

static void say_gone(void) {
    begin('N');
    put_field(gone_seq);
    put_field((uint16_t)(next_seq - filled));
    end();
}

static void say_edge(void) {
    const Edge *edge = &kept[to_send % KEPT];
    begin('E');
    put_field(to_send);
    put_field(edge->gate);
    put(',');
    put(edge->broken ? 'B' : 'R');
    put_field(wraps_of(edge->at));
    put_field(us_of(edge->at));
    end();
    if (unsent == to_send) unsent++;
    to_send++;
}

/* The supply, from how large the fixed 1.1 V is beside it; measured since the last heartbeat. */
static uint16_t supply_mv(void) {
    uint16_t reading = ADC;
    ADCSRA |= _BV(ADSC);
    return reading ? 1126400UL / reading : 0;
}

/* The last number that was sent, not the last that there is: the host would ask for it. */
static void say_beat(void) {
    Instant at = now();
    begin('S');
    put_field((uint16_t)(unsent - 1));
    put_field(wraps_of(at));
    put_field(us_of(at));
    put(',');
    for (uint8_t gate = 0; gate < GATES; gate++)
        put(beams[gate].undecided ? '?' : beams[gate].broken ? 'X' : 'C');
    put_field(lost);
    put_field(supply_mv());
    end();
}

static bool taken(uint8_t one) {
    bool was = due & one;
    due &= ~one;
    return was;
}

static void say_next(void) {
    if (!wire_is_idle()) return;
    if (taken(PONG)) say_pong();
    else if (taken(HELLO)) say_hello();
    else if (taken(SETTING)) say_setting();
    else if (taken(GONE)) say_gone();
    else if (taken(BEAT)) say_beat();
    else if (to_send != next_seq) say_edge();
}

static void keep_beat(void) {
    if ((int32_t)(us_of(now()) - next_beat_us) < 0) return;
    next_beat_us += 1000000;
    due |= BEAT;
}

/* ---- lines in ---- */

ISR(USART_RX_vect) {
    uint16_t tick = TCNT1;
    uint8_t byte = UDR0;
    received[received_end++ % sizeof received] = byte;
    if (byte == '\n') newline_tick = tick;
}

/* What has not been sent yet comes anyway: it is not to be jumped over. */
static void resend(uint16_t seq) {
    uint16_t back = next_seq - seq;
    if (back > filled) {
        gone_seq = seq;
        due |= GONE;
    } else if (back > (uint16_t)(next_seq - to_send)) {
        to_send = seq;
    }
}

static void set_filter(uint32_t us) {
    if (us >= 200 && us <= 10000) {
        cli();
        filter_ticks = us * TICKS_PER_US;
        bounce_ticks = filter_ticks / 8;
        sei();
    }
    due |= SETTING; /* says what holds now, also where the wish was out of range */
}

/* A request is obeyed if its check fits; anything else is noise or a comment. */
static void obey(char *text, uint8_t length) {
    if (length && text[length - 1] == '\r') length--;
    if (length < 6 || text[length - 5] != '*') return;
    text[length] = 0;
    length -= 5;
    text[length] = 0;
    uint16_t crc = 0xFFFF;
    for (uint8_t i = 0; i < length; i++) crc = _crc_xmodem_update(crc, text[i]);
    char *rest;
    if (strtoul(text + length + 1, &rest, 16) != crc || *rest) return;

    if (!strcmp(text, "?")) {
        due |= HELLO;
    } else if (!strncmp(text, "P,", 2) && length - 2 < (int)sizeof ping_token) {
        strcpy(ping_token, text + 2);
        ping_at = past(whole(&newline_tick));
        due |= PONG;
    } else if (!strncmp(text, "R,", 2)) {
        resend(strtoul(text + 2, NULL, 10));
    } else if (!strncmp(text, "C,deb,", 6)) {
        set_filter(strtoul(text + 6, NULL, 10));
    }
}

static void listen(void) {
    static uint8_t heard_end, length;
    static char request[LONGEST_REQUEST];
    while (heard_end != received_end) {
        char byte = received[heard_end++ % sizeof received];
        if (byte == '\n') {
            if (length < sizeof request) obey(request, length);
            length = 0;
        } else if (length < sizeof request) {
            request[length++] = byte; /* full means too long, up to its end */
        }
    }
}

/* ---- start ---- */

extern char __heap_start;

static uint16_t check_of(uint32_t uid) {
    uint16_t crc = 0xFFFF;
    for (uint8_t i = 0; i < 4; i++) crc = _crc_xmodem_update(crc, uid >> 8 * i);
    return crc;
}

/* Memory that nobody has written holds a pattern of its own in every chip, with some noise on top:
 * hashed (FNV-1a), that tells gates apart. */
static uint32_t random_uid(void) {
    uint32_t hash = 2166136261UL;
    for (const char *byte = &__heap_start; byte < (const char *)SP; byte++)
        hash = (hash ^ (uint8_t)*byte) * 16777619UL;
    return hash;
}

static void identify(void) {
    eeprom_read_block(&identity, IDENTITY_PLACE, sizeof identity);
    if (identity.check != check_of(identity.uid)) {
        identity.uid = random_uid();
        identity.check = check_of(identity.uid);
        identity.boots = 0;
    }
    identity.boots++;
    eeprom_update_block(&identity, IDENTITY_PLACE, sizeof identity);
}

static void start(void) {
    DDRB = _BV(PB5);
    DDRD = 0;
    PORTD = _BV(PD2) | _BV(PD3) | _BV(PD4) | _BV(PD5); /* pull-ups */
    TCCR1A = 0; /* where a bootloader has left its own settings */
    TCCR1B = _BV(CS11);
    identify(); /* takes milliseconds, in which the pull-ups settle */
    jumpers = PIND >> PD4 & 3;

    UCSR0A = _BV(TXC0) | _BV(U2X0);
    UBRR0 = 16; /* 115200 baud within 2.1 % */
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0);

    ADMUX = _BV(REFS0) | 14; /* 1.1 V against the supply */
    ADCSRA = _BV(ADEN) | _BV(ADSC) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0);

    EICRA = _BV(ISC00) | _BV(ISC10); /* any change */
    EIFR = _BV(INTF0) | _BV(INTF1);
    for (uint8_t gate = 0; gate < GATES; gate++) {
        beams[gate].first = beams[gate].last = TCNT1;
        beams[gate].broken = is_broken(gate);
        beams[gate].undecided = true; /* until it has held for as long as the filter */
    }
    EIMSK = _BV(INT0) | _BV(INT1);
    say_hello(); /* nothing has been sent yet that the wire could be idle after */
    sei();
}

int main(void) {
    start();
    for (;;) {
        keep_beat();
        for (uint8_t gate = 0; gate < GATES; gate++) decide(gate);
        listen();
        say_next();
        transmit();
    }
}
