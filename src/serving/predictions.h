// Predictions: the outputs of a model as the JSON of an answer, by the rules of the original's
// prediction server. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tensors/tensor.h"

namespace mlengine::serving {

struct NamedOutput {
  std::string alias;  // for clients; of one that ends with "_bytes" strings go out as {"b64": …}
  const tensors::Tensor* tensor = nullptr;
};

// [{"alias": value, …}, …], one object for each row. Numbers are as Python writes them: floats with
// the digits that give them back, NaN, Infinity and -Infinity by these words. INVALID_ARGUMENT when
// the outputs have no rows in common, or a string is no text.
Result<std::string> PredictionsOf(const std::vector<NamedOutput>& outputs);

// The same values row by row: of each row the JSON of every output, in the order of `outputs`.
Result<std::vector<std::vector<std::string>>> PredictionCells(
    const std::vector<NamedOutput>& outputs);

}  // namespace mlengine::serving
