"""scikit-learn and XGBoost: models that are pickled, or XGBoost's own files."""
import os
import pickle

from mlengine_worker import faults
from mlengine_worker.faults import LoadFault, MissingFault, PredictionFault, words_of


def _joblib():
    try:
        import joblib
        return joblib
    except ImportError:
        from sklearn.externals import joblib  # up to 0.22
        return joblib


def _unpickled(folder):
    """The object of model.joblib or model.pkl."""
    for name in ("model.joblib", "model.pkl"):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            continue
        try:
            if name == "model.joblib":
                return _joblib().load(path)
            with open(path, "rb") as file:
                return pickle.load(file)
        except BaseException as error:  # noqa: B902 - a pickle runs any code
            raise LoadFault(u"Could not load the model: %s. %s" % (name, words_of(error)))
    raise LoadFault(u"There is neither model.joblib nor model.pkl.")


def _imported(name, package):
    try:
        return __import__(name)
    except ImportError as error:
        raise MissingFault(u"%s cannot be imported in this runtime: %s" % (package, words_of(error)))


def _checked(model):
    if not callable(getattr(model, "predict", None)):
        raise LoadFault(u"The object in the file is a %s, which has no method predict." % type(model).__name__)
    return model


def _as_list(result):
    """A list or an array, as the original took them."""
    if isinstance(result, list):
        return result
    listed = result.tolist() if hasattr(result, "tolist") else None
    if not isinstance(listed, list):
        raise PredictionFault(faults.INVALID_OUTPUTS, u"Bad output type returned: predict gave a %s; it should be a "
                              u"numpy ndarray or a list." % type(result).__name__)
    return listed


def _without_signature(others):
    return {str(key): value for key, value in others.items() if key != "signature_name"}


class ScikitLearnModel(object):
    def __init__(self, folder):
        self.version = u"scikit-learn %s" % _imported("sklearn", "scikit-learn").__version__
        self._model = _checked(_unpickled(folder))

    def predict(self, instances, others):
        return _as_list(self._model.predict(instances, **_without_signature(others)))


class XgboostModel(object):
    def __init__(self, folder):
        self._xgboost = _imported("xgboost", "XGBoost")
        self.version = u"XGBoost %s" % self._xgboost.__version__
        path = os.path.join(folder, "model.bst")
        self._model = self._booster(path) if os.path.exists(path) else _checked(_unpickled(folder))

    def _booster(self, path):
        booster = self._xgboost.Booster()
        try:
            booster.load_model(path)
            return booster
        except Exception as error:
            raise LoadFault(u"Could not load the model: model.bst. %s" % words_of(error))

    def predict(self, instances, others):
        if isinstance(self._model, self._xgboost.Booster):
            inputs = self._xgboost.DMatrix(self._array(instances))
        else:
            inputs = self._array(instances)
        return _as_list(self._model.predict(inputs, **_without_signature(others)))

    @staticmethod
    def _array(instances):
        import numpy
        return numpy.array(instances)
