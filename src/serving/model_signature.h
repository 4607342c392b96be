// What a version's files say can be asked of it, without a process that serves it.
#pragma once

#include <string>

#include "base/file_system.h"
#include "base/result.h"
#include "serving/signature.h"

namespace mlengine::serving {

// The signatures of the SavedModel in that folder. UNIMPLEMENTED for one in text, whose tensors
// only TensorFlow reads; NOT_FOUND without a SavedModel; DATA_LOSS for one that cannot be read.
Result<Signatures> SignaturesOfFolder(FileSystem& files, const std::string& folder);

// "float32[-1, 3]"; "string[?]" where the rank is not known.
std::string SpecText(const TensorSpec& spec);

}  // namespace mlengine::serving
