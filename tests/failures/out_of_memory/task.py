import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
held = [b"z" * 1000000 for _ in range(2000)]
