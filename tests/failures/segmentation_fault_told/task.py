import ctypes, faulthandler
faulthandler.enable()
def read_batch():
    return ctypes.string_at(0)
read_batch()
