#include "cli/source_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace mlengine::cli {
namespace {

constexpr time_t kFixedTime = 1'514'764'800;  // 2018-01-01

struct WriteEnd {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct ReadEnd {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct EntryEnd {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

la_ssize_t Collect(archive*, void* into, const void* bytes, size_t size) {
  static_cast<std::string*>(into)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

Result<std::string> PackArchive(const SourceArchive& files) {
  std::string out;
  const std::unique_ptr<archive, WriteEnd> writer(archive_write_new());
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  const auto failed = [&] {
    return InternalError(std::string("pack: ") + archive_error_string(writer.get()));
  };
  if (archive_write_set_options(writer.get(), "gzip:!timestamp") != ARCHIVE_OK) return failed();
  if (archive_write_open(writer.get(), &out, nullptr, Collect, nullptr) != ARCHIVE_OK)
    return failed();
  for (const auto& [name, file] : files) {
    const std::unique_ptr<archive_entry, EntryEnd> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.bytes.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), file.executable ? 0755 : 0644);
    archive_entry_set_mtime(entry.get(), kFixedTime, 0);
    if (archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK) return failed();
    if (archive_write_data(writer.get(), file.bytes.data(), file.bytes.size()) < 0) return failed();
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return failed();
  return out;
}

Result<SourceArchive> UnpackArchive(const std::string& path) {
  SourceArchive out;
  const std::unique_ptr<archive, ReadEnd> reader(archive_read_new());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  const auto failed = [&] {
    const char* why = archive_error_string(reader.get());
    return InvalidArgumentError("read " + path + ": " + (why == nullptr ? "broken" : why));
  };
  if (archive_read_open_filename(reader.get(), path.c_str(), 65536) != ARCHIVE_OK) return failed();
  archive_entry* entry = nullptr;
  int code = ARCHIVE_OK;
  while ((code = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || *name == '\0')
      return InvalidArgumentError("read " + path + ": an entry has no name");
    ArchivedFile& file = out[name];
    file.executable = (archive_entry_perm(entry) & 0100) != 0;
    char buffer[65536];
    la_ssize_t n = 0;
    while ((n = archive_read_data(reader.get(), buffer, sizeof(buffer))) > 0) {
      file.bytes.append(buffer, static_cast<std::size_t>(n));
    }
    if (n < 0) return failed();
  }
  if (code != ARCHIVE_EOF) return failed();
  return out;
}

}  // namespace mlengine::cli
