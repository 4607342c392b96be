#include "logs/stream_line.h"

#include <charconv>
#include <vector>

#include "base/digest.h"
#include "logs/index_record.h"

namespace mlengine::logs {
namespace {

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

int ToInt(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

// "CRC NUMBER ATTEMPT ROLE INDEX RESTART KIND PATH\n"; ROLE and PATH percent-encoded.
std::string EncodeStreamLine(std::size_t number, const StreamRef& ref, const std::string& path) {
  std::string body = std::to_string(number) + ' ' + std::to_string(ref.attempt) + ' ' +
                     PercentEncode(ref.role) + ' ' + std::to_string(ref.index) + ' ' +
                     std::to_string(ref.restart) + ' ' +
                     std::to_string(static_cast<int>(ref.kind)) + ' ' + PercentEncode(path);
  std::string crc;
  PutFixed(ExtendCrc32c(0, body), 4, crc);
  return HexEncode(crc) + ' ' + body + '\n';
}

std::optional<Spool> DecodeStreamLine(std::size_t number, std::string_view line) {
  if (!line.ends_with('\n')) return std::nullopt;
  const std::vector<std::string_view> words = Words(line.substr(0, line.size() - 1));
  if (words.size() != 8) return std::nullopt;
  const Result<std::string> role = PercentDecode(words[3]);
  const Result<std::string> path = PercentDecode(words[7]);
  if (!role.ok() || !path.ok()) return std::nullopt;
  Spool spool;
  spool.stream = {ToInt(words[2]), *role, ToInt(words[4]), ToInt(words[5]),
                  static_cast<StreamRef::Kind>(ToInt(words[6]))};
  spool.path = *path;
  if (EncodeStreamLine(number, spool.stream, spool.path) != line) return std::nullopt;
  return spool;
}

}  // namespace mlengine::logs
