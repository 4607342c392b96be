// What a SavedModel says of itself, read without TensorFlow. Pure; takes any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine::serving {

struct SavedGraph {
  std::vector<std::string> tags;
  std::vector<std::string> signatures;  // those of TensorFlow's own ("__saved_model…") left out
  bool has_variables = false;           // then its files of variables are needed
};

struct SavedModel {
  std::vector<SavedGraph> graphs;
};

// saved_model.pb and saved_model.pbtxt. DATA_LOSS for bytes that are no whole SavedModel.
Result<SavedModel> ReadSavedModel(std::string_view bytes);
Result<SavedModel> ReadSavedModelText(std::string_view text);

// The graph that serves. INVALID_ARGUMENT when there is none, or it has no signature to call.
Result<SavedGraph> ServingGraph(const SavedModel& model);

// The bytes of the one of saved_model.pb that serves, a MetaGraphDef; a view of `bytes`.
// INVALID_ARGUMENT when there is none.
Result<std::string_view> ServingGraphBytes(std::string_view bytes);

// The end of variables.index. DATA_LOSS when the file was cut.
Status CheckVariablesIndex(std::string_view bytes);

// How many files of data the variables have, by the name of one of them
// ("variables.data-00000-of-00002"); 0 for another name.
int ShardsOf(std::string_view file_name);

}  // namespace mlengine::serving
