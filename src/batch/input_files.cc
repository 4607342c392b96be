#include "batch/input_files.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "batch/output_names.h"

namespace mlengine::batch {
namespace {

bool IsInput(const InputFile& file) {
  return !file.name.ends_with('/') && file.name.find(kHiddenFolder) == std::string::npos;
}

// Of what `list` told for the path's name: the object itself, else what lies in the folder.
std::vector<InputFile> OfName(std::vector<InputFile> listed, const std::string& name) {
  for (InputFile& file : listed) {
    if (file.name == name) return {std::move(file)};
  }
  std::erase_if(listed,
                [&name](const InputFile& file) { return !file.name.starts_with(name + "/"); });
  return listed;
}

}  // namespace

Result<std::vector<InputFile>> FindInput(const std::vector<std::string>& paths,
                                         const ListFunction& list) {
  std::vector<InputFile> out;
  std::set<std::pair<std::string, std::string>> seen;
  for (const std::string& path : paths) {
    MLENGINE_ASSIGN_OR_RETURN(const GsFolder place, ParseGsFolder(path));
    const std::size_t start = std::string_view("gs://").size() + place.bucket.size() + 1;
    std::string prefix = path.substr(std::min(start, path.size()));
    const bool is_start = prefix.ends_with('*') || prefix.ends_with('/');
    if (prefix.ends_with('*')) prefix.pop_back();
    MLENGINE_ASSIGN_OR_RETURN(std::vector<InputFile> found, list(place.bucket, prefix));
    if (!is_start) found = OfName(std::move(found), prefix);
    std::erase_if(found, [](const InputFile& file) { return !IsInput(file); });
    if (found.empty()) return NotFoundError("No object matches the input path " + path + ".");
    for (InputFile& file : found) {
      if (!seen.emplace(file.bucket, file.name).second) continue;
      if (out.size() == kMostInputFiles) {
        return InvalidArgumentError("The input paths match more than " +
                                    std::to_string(kMostInputFiles) +
                                    " objects; split the job or join the files.");
      }
      out.push_back(std::move(file));
    }
  }
  return out;
}

}  // namespace mlengine::batch
