// Object names to paths below a bucket's folder and back, as docs/formats/object_layout.md fixes
// it. Pure. An ordinary name is its own path; '%' begins every escape.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlengine::objects {

// The file inside a folder that holds the object of the folder's own name ("a" beside "a/b").
inline constexpr std::string_view kSelfLeaf = "%self";
// At the root of a bucket's folder; never parts of an object's path.
inline constexpr std::string_view kTempFolder = "%tmp";
inline constexpr std::string_view kMetaFolder = "%meta";
inline constexpr std::string_view kBucketFile = "%bucket";
// Ends a folder's name when the part goes on in the next level.
inline constexpr std::string_view kGoesOn = "%+";
inline constexpr std::size_t kLongestLeaf = 255;  // bytes

// One part of a name (what lies between slashes; may be empty) as one file name, or as several
// levels where it is longer than a file name can be.
std::vector<std::string> EscapePart(std::string_view part);
// The part, or nothing when these are not the names that EscapePart makes.
std::optional<std::string> UnescapePart(const std::vector<std::string>& levels);

// All levels of an object's path. The name must have passed CheckObjectName.
std::vector<std::string> EscapeName(std::string_view name);

}  // namespace mlengine::objects
