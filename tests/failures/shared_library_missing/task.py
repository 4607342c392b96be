import ctypes
ctypes.CDLL("libcudart.so.9.0")
