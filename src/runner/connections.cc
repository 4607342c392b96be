#include "runner/connections.h"

#include <algorithm>
#include <cstdio>

#include "base/file_system.h"

namespace mlengine::runner {
namespace {

constexpr std::string_view kListens = "0A";

std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

// Rows are "   0: 0100007F:6D60 0100007F:B2F4 01 …": number, local and other address, state.
bool HasConnection(std::string_view table, int port) {
  char wanted[8];
  std::snprintf(wanted, sizeof(wanted), ":%04X", static_cast<unsigned>(port) & 0xFFFFU);
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(table.size(), line.size() + 1));
    TakeWord(line);
    const std::string_view local = TakeWord(line);
    const std::string_view other = TakeWord(line);
    const std::string_view state = TakeWord(line);
    if (local.ends_with(wanted) && state != kListens && !other.ends_with(":0000")) return true;
  }
  return false;
}

bool IsConnectedTo(int port) {
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    if (HasConnection(RealFileSystem().Read(table).value_or(""), port)) return true;
  }
  return false;
}

}  // namespace mlengine::runner
