"""What a device says, before anything is made of it."""
