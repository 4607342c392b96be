"""Serves one version of one model to the engine that started it: python FOLDER OPTIONS."""
import sys

from mlengine_worker.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
