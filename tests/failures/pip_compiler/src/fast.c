#error this needs a newer library
