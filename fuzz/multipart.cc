// A multipart body: the same parts whatever pieces it comes in.
#include "fuzz_target.h"
#include "storage_api/multipart_parser.h"

namespace mlengine::fuzz {
namespace {

struct Parts {
  std::vector<std::pair<std::vector<std::pair<std::string, std::string>>, std::string>> list;
  Status status;
  bool operator==(const Parts& other) const {
    return list == other.list && status.code() == other.status.code();
  }
};

Parts ParseIn(const std::string& boundary, std::string_view body, std::size_t piece) {
  Parts parts;
  storage_api::MultipartParser parser(boundary, {[&](const net::Headers& headers) {
                                                   parts.list.emplace_back(headers.all(), "");
                                                   return OkStatus();
                                                 },
                                                 [&](std::string_view data) {
                                                   Require(!parts.list.empty(),
                                                           "data belongs to a part");
                                                   parts.list.back().second += data;
                                                   return OkStatus();
                                                 }});
  while (!body.empty() && parts.status.ok()) {
    parts.status = parser.Feed(body.substr(0, piece));
    body.remove_prefix(std::min(body.size(), piece));
  }
  if (parts.status.ok()) parts.status = parser.Finish();
  return parts;
}

}  // namespace

FUZZ_TARGET(multipart) {
  const std::vector<std::string> input = SplitInput(bytes, 2);
  const Result<std::string> boundary = storage_api::ParseBoundary(input[0]);
  if (!boundary.ok()) return RequireInvalid(boundary.status());
  Require(!boundary->empty() && boundary->size() <= 200, "a boundary is a short text");
  const Parts whole = ParseIn(*boundary, input[1], input[1].size() + 1);
  if (!whole.status.ok()) RequireInvalid(whole.status);
  for (const std::size_t piece : {1U, 2U, 7U, 64U}) {
    const Parts other = ParseIn(*boundary, input[1], piece);
    Require(other.status.code() == whole.status.code(), "pieces change no verdict");
    // What a broken body gave out before its fault was met may differ.
    if (whole.status.ok()) Require(other == whole, "pieces change no part");
  }
  std::size_t data = 0;
  for (const auto& part : whole.list) data += part.second.size();
  Require(data <= input[1].size(), "no more data than came");
}

}  // namespace mlengine::fuzz
