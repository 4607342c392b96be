// Names in a runtime's folder (docs/formats/runtime_folder.md) that more than one room knows.
#pragma once

#include <string_view>

namespace mlengine::model {

// Written last: a folder without it is no environment. A runner holds a shared lock on it as long
// as its replica lives, and whoever removes the environment takes an exclusive one.
inline constexpr std::string_view kRuntimeRecordFile = "runtime.json";

}  // namespace mlengine::model
