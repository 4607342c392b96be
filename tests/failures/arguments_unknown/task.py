import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
print(parser.parse_args())
