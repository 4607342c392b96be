"""Custom prediction routines: a class of the user's with from_path(model_dir) and predict(instances, **kwargs)."""
import importlib

from mlengine_worker import faults
from mlengine_worker.faults import LoadFault, PredictionFault, words_of

PROBLEM = u"Unexpected error when loading the model: problem in predictor - %s"


class Routine(object):
    def __init__(self, class_name, folder):
        self.version = u"custom prediction routine"
        self._name = class_name
        predictor = self._find(class_name)
        if not callable(getattr(predictor, "from_path", None)):
            raise LoadFault(u"The prediction class %s has no class method from_path(model_dir)." % class_name)
        try:
            self._predictor = predictor.from_path(folder)
        except BaseException as error:  # noqa: B902 - it may call sys.exit
            raise LoadFault(PROBLEM % words_of(error))
        if not callable(getattr(self._predictor, "predict", None)):
            raise LoadFault(u"from_path of %s returned a %s, which has no method predict(instances, **kwargs)."
                            % (class_name, type(self._predictor).__name__))

    @staticmethod
    def _find(class_name):
        module_name, _, name = class_name.rpartition(".")
        try:
            module = importlib.import_module(module_name)
        except BaseException as error:  # noqa: B902
            raise LoadFault(PROBLEM % words_of(error))
        if not hasattr(module, name):
            raise LoadFault(u"The prediction class %s cannot be found: the module %s has no %s." %
                            (class_name, module_name, name))
        return getattr(module, name)

    def predict(self, instances, others):
        try:
            return self._predictor.predict(instances, **{str(key): value for key, value in others.items()})
        except SystemExit as error:
            raise PredictionFault(faults.INVALID_CODE, words_of(error))
