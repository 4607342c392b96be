"""What goes wrong, with the original's numbers, and the words for it."""

INVALID_INPUTS, FAILED_TO_RUN, INVALID_OUTPUTS, INVALID_CODE = 1, 2, 3, 4

LONGEST_TEXT = 4000  # characters of a foreign error


class PredictionFault(Exception):
    """A request that has no answer. `number` is one of the above."""

    def __init__(self, number, text):
        Exception.__init__(self, text)
        self.number = number
        self.text = text


class LoadFault(Exception):
    """A model that cannot be loaded, in words for the one who made it."""


class PackageFault(Exception):
    """A package of the version that cannot be installed."""


class MissingFault(Exception):
    """What the runtime lacks: no fault of the model."""


def words_of(error):
    """"ValueError: 3 features are expected": never fails, whatever a foreign __str__ does."""
    name = type(error).__name__
    try:
        text = u"%s" % (error,)
    except BaseException:  # noqa: B902 - its __str__ may even leave the program
        text = u""
    if isinstance(error, SystemExit):
        text = u"the code called sys.exit(%s)" % (text or "")
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + u"..."
    return u"%s: %s" % (name, text) if text else u"%s" % name
