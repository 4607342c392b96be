#include "insight/flag_name.h"

namespace mlengine::insight {

std::string FlagName(std::string_view word) {
  if (!word.starts_with('-')) return "";
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  std::string name(word);
  for (char& c : name) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

}  // namespace mlengine::insight
