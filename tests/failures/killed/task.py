import os, signal
print("step 1", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
