"""A request's JSON to a call of the model, and its result to JSON, as the original's server did both."""
import json
import sys
import traceback

from mlengine_worker import faults
from mlengine_worker.faults import PredictionFault
from mlengine_worker.protocol import LONGEST_MESSAGE

# Of the answer's message: its head, and "predictions" around it.
ROOM_FOR_FRAME = 1024


def plain(value):
    """For json: arrays and scalars of numpy and its like. A float32 gets all digits of its double."""
    if hasattr(value, "tolist"):
        made = value.tolist()
        if type(made) is not type(value):
            return made
    raise TypeError("an object of type %s has no form in JSON" % type(value).__name__)


def json_of(result):
    """PredictionFault for what JSON cannot say."""
    try:
        text = json.dumps(result, default=plain)
    except Exception as error:
        raise PredictionFault(faults.INVALID_OUTPUTS, u"what predict returned cannot be answered as JSON: %s"
                              % faults.words_of(error))
    if len(text) > LONGEST_MESSAGE - ROOM_FOR_FRAME:
        raise PredictionFault(faults.INVALID_OUTPUTS, u"the predictions have %d bytes of JSON; at most %d can be "
                              u"answered. Send fewer instances" % (len(text), LONGEST_MESSAGE - ROOM_FOR_FRAME))
    return text


def parse(body):
    """(instances, the other keys)."""
    try:
        request = json.loads(body.decode("utf-8"))
    except Exception as error:
        raise PredictionFault(faults.INVALID_INPUTS, faults.words_of(error))
    if not isinstance(request, dict) or not isinstance(request.get("instances"), list):
        raise PredictionFault(faults.INVALID_INPUTS, u"instances is no list")
    instances = request.pop("instances")
    return instances, request


def answer(model, body):
    """(0, the predictions as JSON), or (the fault's number, its words). Nothing that the model does gets out."""
    try:
        instances, others = parse(body)
        return 0, json_of(model.predict(instances, others))
    except PredictionFault as fault:
        return fault.number, fault.text
    except BaseException as error:  # noqa: B902 - a model may call sys.exit
        try:
            traceback.print_exc()
            sys.stderr.flush()
        except Exception:
            pass
        return faults.FAILED_TO_RUN, faults.words_of(error)
