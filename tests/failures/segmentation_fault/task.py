import ctypes
print("loading the native reader", flush=True)
ctypes.string_at(0)
