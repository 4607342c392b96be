// One row of the tables from which causes are told, and the tables: by family, a small file each.
// Order matters within all of them: the first that fits is taken. Pure.
#pragma once

#include <span>
#include <string_view>

#include "insight/cause_kind.h"

namespace mlengine::insight {

struct CauseRule {
  CauseKind kind;
  // A pattern with holes (text_pattern.h) of what a program printed.
  std::string_view pattern;
  // The cause in a sentence with the pattern's holes; {runtime}, {status} and {where} may be used
  // too.
  std::string_view sentence;
  std::string_view advice = "";
  // Another pattern that must fit somewhere in the same text; its holes may be used too.
  std::string_view also = "";
};

// Of the text of an exception, or of a program's last lines.
std::span<const CauseRule> StorageRules();
std::span<const CauseRule> TensorFlowRules();
std::span<const CauseRule> PyTorchRules();
std::span<const CauseRule> SystemRules();
std::span<const CauseRule> NetworkRules();
std::span<const CauseRule> PythonRules();
// Of a line that is no exception's: how interpreters, libraries and loaders end a program.
std::span<const CauseRule> LineRules();
// Of what pip printed.
std::span<const CauseRule> InstallRules();

}  // namespace mlengine::insight
