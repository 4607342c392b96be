// Pickled models (model.pkl, model.joblib), looked at without running them. Pure; takes any bytes.
#pragma once

#include <string_view>

#include "base/status.h"
#include "mlengine/ml/v1/model.pb.h"

namespace mlengine::serving {

// Whether the first and last bytes of a file are those of a whole pickle, plain or compressed as
// joblib does it. INVALID_ARGUMENT or DATA_LOSS says what it is instead.
Status CheckPickle(std::string_view name, std::string_view head, std::string_view tail);

// The framework whose classes the first bytes name: XGBoost where its own come before those of
// scikit-learn, else scikit-learn.
ml::v1::Version::Framework FrameworkInPickle(std::string_view head);

}  // namespace mlengine::serving
