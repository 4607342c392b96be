// Archives for tests, also such as no honest tool makes.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mlengine::runner {

struct Entry {
  std::string path;
  std::string bytes{};
  unsigned type = AE_IFREG;
  std::string target{};  // of a link
  bool hard = false;
};

inline void Pack(const std::string& path, const std::vector<Entry>& entries, bool zip = false) {
  archive* writer = archive_write_new();
  if (zip) {
    archive_write_set_format_zip(writer);
  } else {
    archive_write_set_format_pax(writer);
    archive_write_add_filter_gzip(writer);
  }
  ASSERT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const Entry& one : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, one.path.c_str());
    archive_entry_set_filetype(entry, one.type);
    archive_entry_set_perm(entry, 0755);
    archive_entry_set_size(entry, static_cast<la_int64_t>(one.bytes.size()));
    if (!one.target.empty()) {
      if (one.hard) {
        archive_entry_set_hardlink(entry, one.target.c_str());
      } else {
        archive_entry_set_symlink(entry, one.target.c_str());
      }
    }
    ASSERT_EQ(archive_write_header(writer, entry), ARCHIVE_OK) << archive_error_string(writer);
    archive_write_data(writer, one.bytes.data(), one.bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
}

}  // namespace mlengine::runner
