held = bytearray(1 << 46)
