#include "batch/model_copy.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "batch/output_names.h"

namespace mlengine::batch {
namespace {

constexpr std::size_t kMostFiles = 1000;
constexpr std::uint64_t kMostBytes = 10ULL << 30;
constexpr std::uint64_t kBlock = 4U << 20;

Status CheckModel(const std::vector<ObjectInfo>& objects, const GsFolder& from,
                  const std::string& uri) {
  std::uint64_t bytes = 0;
  bool found = false;
  for (const ObjectInfo& object : objects) {
    const std::string name = object.name.substr(from.prefix.size());
    bytes += object.size;
    found = found || name == "saved_model.pb" || name == "saved_model.pbtxt";
    for (const std::filesystem::path& part : std::filesystem::path(name)) {
      if (part == ".." || name.starts_with('/'))
        return FailedPreconditionError(object.Url() + " has a name that can be no file's.");
    }
  }
  if (!found) {
    return FailedPreconditionError(
        "The model directory " + uri +
        " holds neither saved_model.pb nor saved_model.pbtxt; batch prediction needs a TensorFlow "
        "SavedModel.");
  }
  if (objects.size() <= kMostFiles && bytes <= kMostBytes) return OkStatus();
  return FailedPreconditionError(
      "The model directory " + uri + " has " + std::to_string(objects.size()) + " files of " +
      std::to_string(bytes >> 20) + " MiB; at most 1000 files and 10240 MiB are possible.");
}

Status CopyFile(GsClient& client, const ObjectInfo& object, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::create_directories(to.parent_path(), error);
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  for (std::uint64_t at = 0; out && at < object.size;) {
    MLENGINE_ASSIGN_OR_RETURN(const std::string block, client.Read(object, at, kBlock));
    out.write(block.data(), static_cast<std::streamsize>(block.size()));
    at += block.size();
  }
  out.close();
  if (out) return OkStatus();
  return ResourceExhaustedError("The model's file " + to.string() + " cannot be written.");
}

}  // namespace

Status CopyModel(GsClient& client, const std::string& uri, const std::string& folder) {
  MLENGINE_ASSIGN_OR_RETURN(const GsFolder from, ParseGsFolder(uri));
  MLENGINE_ASSIGN_OR_RETURN(std::vector<ObjectInfo> objects, client.List(from.bucket, from.prefix));
  std::erase_if(objects, [](const ObjectInfo& object) { return object.name.ends_with('/'); });
  MLENGINE_RETURN_IF_ERROR(CheckModel(objects, from, uri));
  std::error_code error;
  std::filesystem::remove_all(folder, error);  // of an execution before this one
  for (const ObjectInfo& object : objects) {
    MLENGINE_RETURN_IF_ERROR(CopyFile(
        client, object, std::filesystem::path(folder) / object.name.substr(from.prefix.size())));
  }
  // Those without files are part of a SavedModel.
  std::filesystem::create_directories(std::filesystem::path(folder) / "variables", error);
  return OkStatus();
}

}  // namespace mlengine::batch
