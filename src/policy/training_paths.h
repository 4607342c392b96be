// The forms of the strings in a TrainingInput. Pure.
#pragma once

#include <string>
#include <string_view>

namespace mlengine::policy {

// What is wrong, as a sentence; "" when the string is as it must be.

// "gs://BUCKET/OBJECT", the object a file.
std::string CheckPackageUri(std::string_view uri);
// "gs://BUCKET" or "gs://BUCKET/FOLDER".
std::string CheckJobDir(std::string_view uri);
// "trainer.task".
std::string CheckPythonModule(std::string_view module);
// One argument of a command line.
std::string CheckArgument(std::string_view argument);

}  // namespace mlengine::policy
