#include "metrics/event_source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file_system.h"
#include "insight/event_folders.h"

namespace mlengine::metrics {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "gs://";

bool IsEventFile(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.starts_with(insight::kEventFilePrefix);
}

// "train" of "train/events.out…"; "" when there is no folder.
std::string FolderOf(std::string_view relative) {
  const std::size_t slash = relative.rfind('/');
  return std::string(relative.substr(0, slash == std::string_view::npos ? 0 : slash));
}

FoundFile FoundObject(const objects::Object& object, std::size_t prefix) {
  return {std::string(kScheme) + object.bucket + "/" + object.name,
          FolderOf(std::string_view(object.name).substr(prefix)), object.size,
          std::to_string(object.generation)};
}

// Adds the entry when it is an event file; a file that goes meanwhile is none.
void AddLocal(const fs::directory_entry& entry, const fs::path& root, FoundFiles& out) {
  const std::string path = entry.path().string();
  std::error_code failed;
  if (!IsEventFile(path) || !fs::is_regular_file(entry.symlink_status(failed)) || failed) return;
  const Result<FileStat> stat = RealFileSystem().Stat(path);
  if (!stat.ok()) return;
  out.files.push_back({path, FolderOf(entry.path().lexically_relative(root).string()), stat->size,
                       std::to_string(stat->inode) + "." + std::to_string(stat->mtime_ns) + "." +
                           std::to_string(stat->size)});
}

}  // namespace

Result<FoundFiles> EventSource::FindObjects(const std::string& folder) const {
  MLENGINE_ASSIGN_OR_RETURN(const objects::GsPath path, objects::ParseGsPath(folder));
  objects::ListRequest request;
  request.with_hashes = false;
  request.prefix = path.object;
  if (!request.prefix.empty() && !request.prefix.ends_with('/')) request.prefix += '/';
  FoundFiles out;
  std::size_t entries = 0;
  do {
    Result<objects::ListResult> page = objects_.List(path.bucket, request);
    if (page.status().code() == StatusCode::kNotFound) return out;
    if (!page.ok()) return page.status();
    for (const objects::Object& object : page->objects) {
      if (IsEventFile(object.name) && out.files.size() <= limits_.files)
        out.files.push_back(FoundObject(object, request.prefix.size()));
    }
    entries += page->objects.size();
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty() && entries < limits_.entries &&
           out.files.size() <= limits_.files);
  out.complete = request.page_token.empty();
  return out;
}

FoundFiles EventSource::FindLocal(const std::string& folder) const {
  FoundFiles out;
  std::error_code failed;
  std::size_t entries = 0;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                      failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (++entries > limits_.entries) {
      out.complete = false;
      break;
    }
    std::error_code unknown;
    if (at.depth() >= limits_.depth && at->is_directory(unknown)) {
      out.complete = false;
      at.disable_recursion_pending();
    }
    AddLocal(*at, folder, out);
  }
  return out;
}

Result<FoundFiles> EventSource::Find(const std::string& folder) const {
  FoundFiles out;
  if (folder.starts_with(kScheme)) {
    MLENGINE_ASSIGN_OR_RETURN(out, FindObjects(folder));
  } else if (folder.starts_with('/')) {
    out = FindLocal(folder);
  } else {
    return InvalidArgumentError("\"" + folder + "\" is neither gs://BUCKET/… nor an absolute path");
  }
  std::ranges::sort(out.files, {}, &FoundFile::path);
  if (out.files.size() > limits_.files) {
    out.files.resize(limits_.files);
    out.complete = false;
  }
  return out;
}

std::string EventSource::LocalFolder(const FoundFile& file) const {
  std::string path = file.path;
  if (path.starts_with(kScheme)) {
    const Result<objects::GsPath> object = objects::ParseGsPath(path);
    if (!object.ok()) return "";
    const Result<std::string> local = objects_.LocalPath(object->bucket, object->object);
    if (!local.ok()) return "";
    path = *local;
  }
  const std::string name = file.path.substr(file.path.rfind('/'));
  const std::string end = (file.below.empty() ? "" : "/" + file.below) + name;
  return path.ends_with(end) ? path.substr(0, path.size() - end.size()) : "";
}

Result<std::string> EventSource::Read(const FoundFile& file, std::uint64_t offset,
                                      std::uint64_t count) const {
  if (!file.path.starts_with(kScheme)) return RealFileSystem().ReadAt(file.path, offset, count);
  MLENGINE_ASSIGN_OR_RETURN(const objects::GsPath path, objects::ParseGsPath(file.path));
  MLENGINE_ASSIGN_OR_RETURN(const auto reader, objects_.Open(path.bucket, path.object));
  return reader->ReadAt(offset, count);
}

}  // namespace mlengine::metrics
