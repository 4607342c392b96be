#include "serving/file_loader.h"

#include <algorithm>

#include "serving/pickle_file.h"
#include "serving/saved_model.h"

namespace mlengine::serving {
namespace {

constexpr std::uint64_t kLargestSavedModel = (2ULL << 30) - 1;  // bytes: protobuf's own limit
constexpr std::uint64_t kLargestText = 256ULL << 20;
constexpr std::uint64_t kHeadBytes = 1U << 20;

bool IsThere(FileSystem& files, const std::string& path) {
  return files.Stat(path).ok();
}

// Every one of the files that the first one's name tells of.
Status CheckShards(const std::vector<std::string>& names) {
  int shards = 0;
  for (const std::string& name : names) shards = std::max(shards, ShardsOf(name));
  if (shards == 0)
    return InvalidArgumentError("variables/variables.data-… is missing; copy all of the folder");
  for (int i = 0; i < shards; ++i) {
    char name[64];
    std::snprintf(name, sizeof(name), "variables.data-%05d-of-%05d", i, shards);
    if (std::ranges::find(names, name) == names.end()) {
      return InvalidArgumentError("variables/" + std::string(name) +
                                  " is missing; copy all of the folder");
    }
  }
  return OkStatus();
}

Status CheckVariables(FileSystem& files, const std::string& folder, const SavedGraph& graph) {
  const std::string variables = JoinPath(folder, "variables");
  const std::string index = JoinPath(variables, "variables.index");
  const Result<FileStat> stat = files.Stat(index);
  if (!stat.ok()) {
    if (!graph.has_variables) return OkStatus();
    return InvalidArgumentError(
        "the graph has variables, and variables/variables.index is missing; copy all of the folder "
        "that was exported");
  }
  const std::uint64_t end = std::min<std::uint64_t>(stat->size, 64);
  MLENGINE_ASSIGN_OR_RETURN(const std::string tail, files.ReadAt(index, stat->size - end, end));
  MLENGINE_RETURN_IF_ERROR(CheckVariablesIndex(tail));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(variables));
  return CheckShards(names);
}

}  // namespace

Status FileLoader::Load(const ServedVersion& version) {
  const std::string folder = JoinPath(version.folder, "model");
  switch (version.version.framework()) {
    case ml::v1::Version::TENSORFLOW:
      return LoadSavedModel(folder);
    case ml::v1::Version::SCIKIT_LEARN:
      return LoadPickle(folder);
    case ml::v1::Version::XGBOOST:
      return LoadXgboost(folder);
    default:
      return OkStatus();  // own code: what it reads is its own matter
  }
}

Status FileLoader::LoadSavedModel(const std::string& folder) {
  const std::string binary = JoinPath(folder, "saved_model.pb");
  const bool is_binary = IsThere(files_, binary);
  MLENGINE_ASSIGN_OR_RETURN(const std::string bytes,
                            is_binary
                                ? files_.Read(binary, kLargestSavedModel)
                                : files_.Read(JoinPath(folder, "saved_model.pbtxt"), kLargestText));
  MLENGINE_ASSIGN_OR_RETURN(const SavedModel model,
                            is_binary ? ReadSavedModel(bytes) : ReadSavedModelText(bytes));
  MLENGINE_ASSIGN_OR_RETURN(const SavedGraph graph, ServingGraph(model));
  return CheckVariables(files_, folder, graph);
}

Status FileLoader::LoadPickle(const std::string& folder) {
  const char* name =
      IsThere(files_, JoinPath(folder, "model.joblib")) ? "model.joblib" : "model.pkl";
  const std::string path = JoinPath(folder, name);
  MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, files_.Stat(path));
  MLENGINE_ASSIGN_OR_RETURN(const std::string head, files_.ReadAt(path, 0, 16));
  MLENGINE_ASSIGN_OR_RETURN(const std::string tail,
                            files_.ReadAt(path, stat.size > 0 ? stat.size - 1 : 0, 1));
  return CheckPickle(name, head, tail);
}

Status FileLoader::LoadXgboost(const std::string& folder) {
  const std::string path = JoinPath(folder, "model.bst");
  if (!IsThere(files_, path)) return LoadPickle(folder);
  MLENGINE_ASSIGN_OR_RETURN(const FileStat stat, files_.Stat(path));
  MLENGINE_ASSIGN_OR_RETURN(const std::string head, files_.ReadAt(path, 0, kHeadBytes));
  if (head.size() < 2) return DataLossError("model.bst is empty");
  if (head[0] != '{' || head[1] == 'L') return OkStatus();  // its own binary forms
  const std::uint64_t end = std::min<std::uint64_t>(stat.size, 64);
  MLENGINE_ASSIGN_OR_RETURN(std::string tail, files_.ReadAt(path, stat.size - end, end));
  while (!tail.empty() && (tail.back() == '\n' || tail.back() == ' ')) tail.pop_back();
  if (!tail.ends_with('}'))
    return DataLossError("model.bst is damaged: its JSON has no end; copy all of it");
  return OkStatus();
}

}  // namespace mlengine::serving
