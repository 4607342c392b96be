#include "logging_api/filter_field.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>

#include "base/nearest_word.h"

namespace mlengine::logging_api {
namespace {

using Root = FieldRef::Root;

struct Known {
  std::string_view path;  // in lower camel case, dotted
  Root root;
};

// google.logging.v2.LogEntry, without what lies below kJsonPayload, labels and kNoMessage.
constexpr Known kFields[] = {
    {"insertId", Root::kInsertId},
    {"logName", Root::kLogName},
    {"timestamp", Root::kTimestamp},
    {"receiveTimestamp", Root::kTimestamp},
    {"severity", Root::kSeverity},
    {"textPayload", Root::kTextPayload},
    {"jsonPayload", Root::kJsonPayload},
    {"labels", Root::kLabels},
    {"resource", Root::kResource},
    {"resource.type", Root::kResourceType},
    {"resource.labels", Root::kResourceLabels},
    {"protoPayload", Root::kNoMessage},
    {"metadata", Root::kNoMessage},
    {"errorGroups", Root::kNoMessage},
    {"trace", Root::kNoText},
    {"spanId", Root::kNoText},
    {"traceSampled", Root::kNoBool},
    {"httpRequest", Root::kNoMessage},
    {"httpRequest.requestMethod", Root::kNoText},
    {"httpRequest.requestUrl", Root::kNoText},
    {"httpRequest.requestSize", Root::kNoNumber},
    {"httpRequest.status", Root::kNoNumber},
    {"httpRequest.responseSize", Root::kNoNumber},
    {"httpRequest.userAgent", Root::kNoText},
    {"httpRequest.remoteIp", Root::kNoText},
    {"httpRequest.serverIp", Root::kNoText},
    {"httpRequest.referer", Root::kNoText},
    {"httpRequest.latency", Root::kNoDuration},
    {"httpRequest.cacheLookup", Root::kNoBool},
    {"httpRequest.cacheHit", Root::kNoBool},
    {"httpRequest.cacheValidatedWithOriginServer", Root::kNoBool},
    {"httpRequest.cacheFillBytes", Root::kNoNumber},
    {"httpRequest.protocol", Root::kNoText},
    {"operation", Root::kNoMessage},
    {"operation.id", Root::kNoText},
    {"operation.producer", Root::kNoText},
    {"operation.first", Root::kNoBool},
    {"operation.last", Root::kNoBool},
    {"sourceLocation", Root::kNoMessage},
    {"sourceLocation.file", Root::kNoText},
    {"sourceLocation.line", Root::kNoNumber},
    {"sourceLocation.function", Root::kNoText},
    {"split", Root::kNoMessage},
    {"split.uid", Root::kNoText},
    {"split.index", Root::kNoNumber},
    {"split.totalSplits", Root::kNoNumber},
};

// "log_name" is "logName".
std::string CamelCase(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_' && i > 0 && i + 1 < text.size()) {
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(text[++i])));
    } else {
      out += text[i];
    }
  }
  return out;
}

const Known* FindKnown(std::span<const PathPart> parts) {
  std::string path;
  for (const PathPart& part : parts) path += (path.empty() ? "" : ".") + CamelCase(part.text);
  const auto* found = std::find_if(std::begin(kFields), std::end(kFields),
                                   [&](const Known& known) { return known.path == path; });
  return found == std::end(kFields) ? nullptr : found;
}

// Whether names below this field are the caller's own.
bool IsFree(const Known& known) {
  return known.root == Root::kJsonPayload || known.root == Root::kLabels ||
         known.root == Root::kResourceLabels || known.path == "protoPayload" ||
         known.path == "metadata" || known.path == "errorGroups";
}

std::string Dotted(std::span<const PathPart> parts) {
  std::string path;
  for (const PathPart& part : parts) path += (path.empty() ? "" : ".") + part.text;
  return path;
}

Status Unknown(const std::vector<PathPart>& parts, std::string_view filter, std::size_t at) {
  std::string message = "filter: a log entry has no field \"" + Dotted(parts).substr(0, 100) +
                        "\" " + AtCharacter(filter, at);
  std::vector<std::string> names;
  for (const Known& known : kFields) names.emplace_back(known.path);
  if (const std::string nearest = NearestWord(Dotted(parts), names); !nearest.empty()) {
    message += "; is it \"" + nearest + "\"?";
  } else {
    message +=
        "; of a program's own fields write jsonPayload.NAME, and quote a text that is to be found "
        "anywhere";
  }
  return InvalidArgumentError(std::move(message));
}

}  // namespace

bool FieldRef::IsMessage() const {
  switch (root) {
    case Root::kResource:
      return true;
    case Root::kJsonPayload:
    case Root::kLabels:
    case Root::kResourceLabels:
    case Root::kNoMessage:
      return path.empty();
    default:
      return false;
  }
}

bool FieldRef::MayBeText() const {
  return root != Root::kTimestamp && root != Root::kSeverity && root != Root::kNoNumber &&
         root != Root::kNoBool && root != Root::kNoDuration;
}

Result<FieldRef> ResolveField(const std::vector<PathPart>& parts, std::string_view filter,
                              std::size_t at) {
  for (const PathPart& part : parts) {
    if (part.text.empty() && !part.quoted) {
      return InvalidArgumentError("filter: the field \"" + Dotted(parts).substr(0, 100) + "\" " +
                                  AtCharacter(filter, at) + " has nothing between its dots");
    }
  }
  for (std::size_t count = std::min<std::size_t>(parts.size(), 2); count > 0; --count) {
    const Known* known = FindKnown(std::span(parts).first(count));
    if (known == nullptr) continue;
    const std::span<const PathPart> rest = std::span(parts).subspan(count);
    if (!rest.empty() && !IsFree(*known)) return Unknown(parts, filter, at);
    FieldRef field;
    field.root = known->root;
    const bool map = known->root == Root::kLabels || known->root == Root::kResourceLabels;
    if (map && !rest.empty()) {
      // A label's key may have dots, and none holds another.
      field.path.push_back(Dotted(rest));
    } else {
      for (const PathPart& part : rest) field.path.push_back(part.text);
    }
    return field;
  }
  return Unknown(parts, filter, at);
}

}  // namespace mlengine::logging_api
