import sys, traceback
try:
    int("x")
except ValueError:
    traceback.print_exc()
for step in range(60):
    print("step", step, "loss 0.1", file=sys.stderr)
sys.exit(5)
