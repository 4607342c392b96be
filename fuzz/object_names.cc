// Names of objects as paths on disk: no name leaves its bucket's folder, no two share a path.
#include "objects/object_names.h"

#include <algorithm>

#include "fuzz_target.h"
#include "objects/name_escape.h"

namespace mlengine::fuzz {
namespace {

void CheckLevel(const std::string& level) {
  Require(!level.empty() && level.size() <= objects::kLongestLeaf, "a level is a file name");
  Require(level != "." && level != "..", "a level leads nowhere else");
  Require(level.find('/') == std::string::npos && level.find('\0') == std::string::npos,
          "a level is one level");
}

}  // namespace

FUZZ_TARGET(object_names) {
  const Status bucket = objects::CheckBucketName(bytes);
  if (!bucket.ok()) RequireInvalid(bucket);
  if (bucket.ok()) {
    Require(bytes.find('/') == std::string_view::npos && bytes.front() != '.' && bytes.size() > 2,
            "a bucket's name is a folder's name");
  }
  const Status name = objects::CheckObjectName(bytes);
  if (!name.ok()) return RequireInvalid(name);
  Require(objects::IsUtf8(bytes), "an object's name is UTF-8");
  for (const std::string& level : objects::EscapeName(bytes)) CheckLevel(level);
  const std::string first = objects::EscapeName(bytes).front();
  Require(first != objects::kTempFolder && first != objects::kMetaFolder &&
              first != objects::kBucketFile,
          "no object lies in the bucket's own files");
  std::string_view rest = bytes;
  while (true) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    const std::vector<std::string> levels = objects::EscapePart(part);
    for (const std::string& level : levels) {
      CheckLevel(level);
      Require(level != objects::kSelfLeaf, "no part is taken for a folder's own object");
    }
    Require(objects::UnescapePart(levels) == part, "a part's path leads back to it");
    if (part.size() == rest.size()) break;
    rest.remove_prefix(part.size() + 1);
  }
  // Any text as it may lie in a folder: what is read as a name has this path and no other.
  const std::string leaf(bytes.substr(0, objects::kLongestLeaf));
  if (leaf.find('/') != std::string::npos) return;
  const auto part = objects::UnescapePart({leaf});
  if (part && objects::CheckObjectName(*part).ok())
    Require(objects::EscapePart(*part) == std::vector<std::string>{leaf}, "one path to a name");
}

}  // namespace mlengine::fuzz
