// What both forms of a SavedModel are told by. Pure.
#pragma once

#include <string>
#include <string_view>

#include "serving/saved_model.h"

namespace mlengine::serving {

// Of a node that is a variable.
bool IsVariableOperation(std::string_view operation);

void AddSignature(std::string name, SavedGraph& graph);

}  // namespace mlengine::serving
