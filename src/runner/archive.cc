#include "runner/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace mlengine::runner {
namespace {

struct ReadEnd {
  void operator()(archive* a) const { archive_read_free(a); }
};

// The parts of an entry's path; empty when it leads out of the folder or is no path.
std::vector<std::string> PartsOf(std::string_view path) {
  std::vector<std::string> parts;
  if (path.empty() || path.front() == '/') return {};
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part == "..") return {};
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

class Unpacker {
 public:
  Unpacker(const std::string& path, const std::string& name, const UnpackLimits& limits)
      : path_(path), name_(name), limits_(limits), reader_(archive_read_new()) {
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_format_tar(reader_.get());
    archive_read_support_format_zip(reader_.get());
  }

  Status Run(const std::string& folder) {
    root_.reset(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_.ok()) return ErrnoError(errno, "open folder " + folder);
    if (archive_read_open_filename(reader_.get(), path_.c_str(), 65536) != ARCHIVE_OK) {
      return Broken();
    }
    archive_entry* entry = nullptr;
    int code = ARCHIVE_OK;
    while ((code = archive_read_next_header(reader_.get(), &entry)) == ARCHIVE_OK) {
      MLENGINE_RETURN_IF_ERROR(Take(entry));
    }
    if (code != ARCHIVE_EOF) return Broken();
    if (entries_ == 0) return InvalidArgumentError("The package " + name_ + " is empty.");
    return OkStatus();
  }

 private:
  Status Broken() {
    const char* why = archive_error_string(reader_.get());
    return InvalidArgumentError("The package " + name_ +
                                " cannot be unpacked: " + (why == nullptr ? "broken" : why) +
                                ". Build it again (python setup.py sdist) and submit it anew.");
  }
  Status Refused(const std::string& entry, const std::string& why) {
    return InvalidArgumentError("The package " + name_ + " is refused: its entry \"" + entry +
                                "\" " + why + ".");
  }

  Status Take(archive_entry* entry) {
    const char* given = archive_entry_pathname(entry);
    const std::string path = given == nullptr ? "" : given;
    if (++entries_ > limits_.entries) {
      return InvalidArgumentError("The package " + name_ + " is refused: it holds more than " +
                                  std::to_string(limits_.entries) + " files.");
    }
    const std::vector<std::string> parts = PartsOf(path);
    if (parts.empty() && path != "." && path != "./") {
      return Refused(path, "leads out of the package");
    }
    if (archive_entry_hardlink(entry) != nullptr) return Refused(path, "is a link");
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR: {
        const Result<UniqueFd> made = OpenFolder(parts, parts.size(), path);
        return made.ok() ? OkStatus() : made.status();
      }
      case AE_IFREG:
        if (parts.empty()) return Refused(path, "has no name");
        return TakeFile(entry, parts, path);
      case AE_IFLNK:
        return Refused(path, "is a link");
      default:
        return Refused(path, "is neither a file nor a folder");
    }
  }

  // Opens the folder of the first `count` parts, making what is missing. Nothing here is a link.
  Result<UniqueFd> OpenFolder(const std::vector<std::string>& parts, std::size_t count,
                              const std::string& path) {
    UniqueFd at(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
    for (std::size_t i = 0; i < count; ++i) {
      if (::mkdirat(at.get(), parts[i].c_str(), 0755) != 0 && errno != EEXIST) {
        return ErrnoError(errno, "unpack " + name_ + ": make folder for " + path);
      }
      UniqueFd next(
          ::openat(at.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next.ok() && (errno == ENOTDIR || errno == ELOOP)) {
        return Refused(path, "is in the way of another");
      }
      if (!next.ok()) return ErrnoError(errno, "unpack " + name_ + ": open folder of " + path);
      at = std::move(next);
    }
    return at;
  }

  Status TakeFile(archive_entry* entry, const std::vector<std::string>& parts,
                  const std::string& path) {
    MLENGINE_ASSIGN_OR_RETURN(const UniqueFd folder, OpenFolder(parts, parts.size() - 1, path));
    const mode_t mode = (archive_entry_perm(entry) & 0100) != 0 ? 0755 : 0644;
    const UniqueFd file(::openat(folder.get(), parts.back().c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.ok() && errno == EISDIR) return Refused(path, "is in the way of another");
    if (!file.ok()) return ErrnoError(errno, "unpack " + name_ + ": make " + path);
    char buffer[65536];
    la_ssize_t n = 0;
    while ((n = archive_read_data(reader_.get(), buffer, sizeof(buffer))) > 0) {
      bytes_ += static_cast<std::uint64_t>(n);
      if (bytes_ > limits_.bytes) {
        return InvalidArgumentError("The package " + name_ +
                                    " is refused: it unpacks to more than " +
                                    std::to_string(limits_.bytes) + " bytes.");
      }
      MLENGINE_RETURN_IF_ERROR(WriteAll(file.get(), {buffer, static_cast<std::size_t>(n)}, path));
    }
    return n < 0 ? Broken() : OkStatus();
  }

  Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError(errno, "unpack " + name_ + ": write " + path);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return OkStatus();
  }

  const std::string& path_;
  const std::string& name_;
  const UnpackLimits limits_;
  std::unique_ptr<archive, ReadEnd> reader_;
  UniqueFd root_;
  std::uint64_t bytes_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace

Status Unpack(const std::string& archive, const std::string& name, const std::string& folder,
              const UnpackLimits& limits) {
  return Unpacker(archive, name, limits).Run(folder);
}

}  // namespace mlengine::runner
