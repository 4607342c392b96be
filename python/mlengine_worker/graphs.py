"""Models of PyTorch (TorchScript) and of ONNX, which are files of their own and run no Python."""
import os

from mlengine_worker import faults
from mlengine_worker.faults import LoadFault, MissingFault, PredictionFault, words_of

# Element types of ONNX, as numpy names them.
ONNX_TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16",
              "tensor(int8)": "int8", "tensor(uint8)": "uint8", "tensor(int16)": "int16", "tensor(uint16)": "uint16",
              "tensor(int32)": "int32", "tensor(uint32)": "uint32", "tensor(int64)": "int64",
              "tensor(uint64)": "uint64", "tensor(bool)": "bool", "tensor(string)": "object"}


def _columns(instances, names):
    """The values of each input, by the rules that SavedModels have too."""
    if len(names) == 1:
        name = names[0]
        values = []
        for one in instances:
            if isinstance(one, dict):
                if list(one) != [name]:
                    raise PredictionFault(faults.INVALID_INPUTS, u"Expected tensor name: %s, got tensor name: [%s]." %
                                          (name, u", ".join(sorted(one))))
                one = one[name]
            values.append(one)
        return {name: values}
    for one in instances:
        if not isinstance(one, dict):
            raise PredictionFault(faults.INVALID_INPUTS, u"The model has more than one input, so each instance must be "
                                  u"an object with the values of %s." % u", ".join(names))
        for name in one:
            if name not in names:
                raise PredictionFault(faults.INVALID_INPUTS, u"Unexpected tensor name: %s" % name)
        for name in names:
            if name not in one:
                raise PredictionFault(faults.INVALID_INPUTS,
                                      u"Input %s was missing in at least one input instance." % name)
    return {name: [one[name] for one in instances] for name in names}


def _rows(outputs, count):
    """One object for each instance, of outputs by name. They all have as many rows."""
    for name, values in outputs.items():
        if not isinstance(values, list) or len(values) != count:
            raise PredictionFault(faults.INVALID_OUTPUTS, u"Output %s has not one row for each instance." % name)
    return [{name: values[row] for name, values in outputs.items()} for row in range(count)]


def _listed(value):
    return value.tolist() if hasattr(value, "tolist") else value


class OnnxModel(object):
    def __init__(self, folder):
        try:
            import numpy
            import onnxruntime
        except ImportError as error:
            raise MissingFault(u"onnxruntime cannot be imported in this runtime: %s" % words_of(error))
        self._numpy = numpy
        self.version = u"ONNX Runtime %s" % onnxruntime.__version__
        try:
            self._session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"),
                                                         providers=["CPUExecutionProvider"])
        except Exception as error:
            raise LoadFault(u"Could not load the model: model.onnx. %s" % words_of(error))
        self._inputs = {one.name: one.type for one in self._session.get_inputs()}
        self._outputs = [one.name for one in self._session.get_outputs()]

    def predict(self, instances, others):
        feeds = {}
        for name, values in _columns(instances, list(self._inputs)).items():
            kind = ONNX_TYPES.get(self._inputs[name])
            if kind is None:
                raise PredictionFault(faults.INVALID_INPUTS, u"Input %s is a %s, for which JSON has no form." %
                                      (name, self._inputs[name]))
            try:
                feeds[name] = self._numpy.array(values, dtype=kind)
            except Exception as error:
                raise PredictionFault(faults.INVALID_INPUTS, u"Input %s: %s" % (name, words_of(error)))
        results = self._session.run(None, feeds)
        return _rows({name: _listed(value) for name, value in zip(self._outputs, results)}, len(instances))


class TorchModel(object):
    """A TorchScript model says no names: an instance is the bare value, of float32."""

    def __init__(self, folder):
        try:
            import torch
        except ImportError as error:
            raise MissingFault(u"PyTorch cannot be imported in this runtime: %s" % words_of(error))
        self._torch = torch
        self.version = u"PyTorch %s" % torch.__version__
        try:
            self._model = torch.jit.load(os.path.join(folder, "model.pt"), map_location="cpu").eval()
        except Exception as error:
            raise LoadFault(u"Could not load the model: model.pt. %s" % words_of(error))

    def predict(self, instances, others):
        try:
            inputs = self._torch.tensor(instances, dtype=self._torch.float32)
        except Exception as error:
            raise PredictionFault(faults.INVALID_INPUTS, words_of(error))
        try:
            with self._torch.no_grad():
                result = self._model(inputs)
        except Exception as error:
            # Tracebacks of the exporting machine come first.
            raise PredictionFault(faults.FAILED_TO_RUN, words_of(error).splitlines()[-1])
        return self._plain(result, len(instances))

    def _plain(self, result, count):
        if isinstance(result, self._torch.Tensor):
            return result.tolist()
        if isinstance(result, (list, tuple)):
            result = {u"output_%d" % i: value for i, value in enumerate(result)}
        if not isinstance(result, dict):
            raise PredictionFault(faults.INVALID_OUTPUTS, u"The model returned a %s." % type(result).__name__)
        return _rows({str(name): _listed(value) for name, value in result.items()}, count)
