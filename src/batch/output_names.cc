#include "batch/output_names.h"

#include <algorithm>
#include <cstdio>

namespace mlengine::batch {
namespace {

std::string Digits(std::size_t number, int width) {
  char text[32];
  std::snprintf(text, sizeof(text), "%0*zu", width, number);
  return text;
}

bool TakeNumber(std::string_view& text, std::size_t& number) {
  std::size_t length = 0;
  number = 0;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9' && length < 12)
    number = number * 10 + static_cast<std::size_t>(text[length++] - '0');
  text.remove_prefix(length);
  return length >= 6;
}

}  // namespace

Result<GsFolder> ParseGsFolder(std::string_view uri) {
  constexpr std::string_view kScheme = "gs://";
  const std::string shown(uri.substr(0, 200));
  if (!uri.starts_with(kScheme))
    return InvalidArgumentError("\"" + shown + "\" is not of the form gs://BUCKET/FOLDER.");
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(uri.find('/'), uri.size());
  GsFolder folder{std::string(uri.substr(0, slash)), ""};
  if (folder.bucket.empty()) return InvalidArgumentError("\"" + shown + "\" names no bucket.");
  if (slash + 1 < uri.size()) folder.prefix = uri.substr(slash + 1);
  if (!folder.prefix.empty() && !folder.prefix.ends_with('/')) folder.prefix += '/';
  return folder;
}

std::string ResultsName(std::size_t index, std::size_t count) {
  return "prediction.results-" + Digits(index, 5) + "-of-" + Digits(count, 5);
}

std::string WorkFolder(std::string_view run) {
  return std::string(kHiddenFolder) + std::string(run) + "/";
}

std::string PlanName(std::string_view run) {
  return WorkFolder(run) + "plan.json";
}

std::string PartsFolder(std::string_view run) {
  return WorkFolder(run) + "parts/";
}

std::string PartName(std::string_view run, std::size_t span, std::size_t part) {
  return PartsFolder(run) + Digits(span, 6) + "-" + Digits(part, 6);
}

std::string PartErrorsName(std::string_view run, std::size_t span, std::size_t part,
                           std::string_view nonce) {
  return WorkFolder(run) + "errors/" + Digits(span, 6) + "-" + Digits(part, 6) + "-" +
         std::string(nonce);
}

std::string JoinedName(std::string_view run, std::string_view what, std::size_t index) {
  return WorkFolder(run) + "joined/" + std::string(what) + "-" + Digits(index, 6);
}

Result<PartPlace> ParsePartName(std::string_view name) {
  const Status wrong =
      InvalidArgumentError("\"" + std::string(name.substr(0, 100)) + "\" is no part's name");
  PartPlace place;
  if (!TakeNumber(name, place.span) || !name.starts_with('-')) return wrong;
  name.remove_prefix(1);
  if (!TakeNumber(name, place.part) || !name.empty()) return wrong;
  return place;
}

}  // namespace mlengine::batch
