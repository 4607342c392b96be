import atexit
atexit.register(lambda: print("cleaning up\n" * 5))
raise ValueError("the learning rate must be above 0, is -1")
