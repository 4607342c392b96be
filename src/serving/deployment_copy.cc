#include "serving/deployment_copy.h"

#include <set>

#include "base/digest.h"

namespace mlengine::serving {
namespace {

constexpr std::uint64_t kPiece = 1U << 20;  // bytes

Status CopyFile(objects::ObjectStore& objects, const DeploymentFile& file, const std::string& path,
                FileSystem& files, const std::function<Status()>& go_on) {
  MLENGINE_ASSIGN_OR_RETURN(const auto reader,
                            objects.Open(file.bucket, file.object, file.generation));
  MLENGINE_ASSIGN_OR_RETURN(const auto out, files.OpenAppend(path));
  std::uint32_t crc = 0;
  for (std::uint64_t at = 0; at < file.size;) {
    MLENGINE_RETURN_IF_ERROR(go_on());
    MLENGINE_ASSIGN_OR_RETURN(const std::string bytes,
                              reader->ReadAt(at, std::min(kPiece, file.size - at)));
    if (bytes.empty()) return DataLossError("the object ended early");
    MLENGINE_RETURN_IF_ERROR(out->Append(bytes));
    crc = ExtendCrc32c(crc, bytes);
    at += bytes.size();
  }
  const std::optional<std::uint32_t>& known = reader->object().crc32c;
  if (known && *known != crc) return DataLossError("its bytes do not fit its checksum");
  return out->Sync();
}

}  // namespace

Status CopyDeployment(objects::ObjectStore& objects, const Deployment& deployment,
                      const std::string& folder, FileSystem& files,
                      const std::function<Status()>& go_on) {
  std::set<std::string> folders = {folder};
  for (const DeploymentFile& file : deployment.files) {
    MLENGINE_RETURN_IF_ERROR(go_on());
    const std::string path = JoinPath(folder, file.path);
    MLENGINE_RETURN_IF_ERROR(files.MakeDirectories(ParentPath(path)));
    folders.insert(ParentPath(path));
    Status copied = CopyFile(objects, file, path, files, go_on);
    if (!copied.ok() && copied.code() != StatusCode::kCancelled) {
      return std::move(copied).WithContext("cannot copy gs://" + file.bucket + "/" + file.object);
    }
    MLENGINE_RETURN_IF_ERROR(copied);
  }
  for (const std::string& one : folders) MLENGINE_RETURN_IF_ERROR(files.SyncFolder(one));
  return OkStatus();
}

}  // namespace mlengine::serving
