// Where a training program writes its event files, by its arguments and the usual names of flags.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine::insight {

// What the names of event files begin with.
inline constexpr std::string_view kEventFilePrefix = "events.out.tfevents.";

// The folders that flags such as --logdir, --log_dir, --summaries_dir, --model_dir or --output_dir
// name, gs://BUCKET/… or absolute, without a slash at the end; each once, at most 16. A relative
// one lies in the program's working folder.
std::vector<std::string> EventFolders(const std::vector<std::string>& arguments);

// Whether `path` is `folder` or below it.
bool IsWithin(std::string_view path, std::string_view folder);

}  // namespace mlengine::insight
