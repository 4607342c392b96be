def load(path):
    try:
        return open(path).read()
    except OSError as error:
        raise RuntimeError("cannot load the vocabulary") from error
load("vocab.txt")
