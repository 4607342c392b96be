#include "insight/replica_cause.h"

#include <algorithm>
#include <array>
#include <utility>

#include "insight/cause_rule.h"
#include "insight/missing_module.h"
#include "insight/python_traceback.h"
#include "insight/text_pattern.h"

namespace mlengine::insight {
namespace {

constexpr std::size_t kLongestText = 600;
constexpr std::size_t kLongestLine = 300;
constexpr std::size_t kLastLines = 10;
// What a program may say after the traceback that ended it: more is a program that went on.
constexpr int kMostLinesAfter = 25;
// How far from the end of a program's output a line may tell why it ended.
constexpr std::size_t kEndLines = 60;

constexpr std::array<std::pair<int, std::string_view>, 12> kSignals{{{2, "SIGINT"},
                                                                     {3, "SIGQUIT"},
                                                                     {4, "SIGILL"},
                                                                     {5, "SIGTRAP"},
                                                                     {6, "SIGABRT"},
                                                                     {7, "SIGBUS"},
                                                                     {8, "SIGFPE"},
                                                                     {9, "SIGKILL"},
                                                                     {11, "SIGSEGV"},
                                                                     {13, "SIGPIPE"},
                                                                     {15, "SIGTERM"},
                                                                     {31, "SIGSYS"}}};

std::string SignalText(int signal) {
  for (const auto& [number, name] : kSignals) {
    if (number == signal) return std::to_string(signal) + " (" + std::string(name) + ")";
  }
  return std::to_string(signal);
}

// As wait tells it, or a shell in between.
int SignalOf(const Execution& execution) {
  if (execution.signal != 0) return execution.signal;
  return execution.exit_code > 128 && execution.exit_code < 160 ? execution.exit_code - 128 : 0;
}

// The last lines that say something, oldest first.
std::vector<std::string> LastLines(std::string_view text, std::size_t count) {
  std::vector<std::string> lines;
  const std::vector<std::string_view> all = LinesOf(text);
  for (auto line = all.rbegin(); line != all.rend() && lines.size() < count; ++line) {
    if (line->find_first_not_of(" \t") != std::string_view::npos)
      lines.push_back(Shortened(*line, kLongestLine));
  }
  std::ranges::reverse(lines);
  return lines;
}

std::vector<std::string> LastWords(const Execution& execution) {
  std::vector<std::string> lines = LastLines(execution.err, kLastLines);
  return lines.empty() ? LastLines(execution.out, kLastLines) : lines;
}

// What TensorFlow puts before and behind its own words: "{{function_node …}} " and " [Op:MatMul]".
std::string WithoutMarks(std::string value) {
  if (const std::size_t end = value.find("}} ");
      value.starts_with("{{") && end != std::string::npos)
    value.erase(0, end + 3);
  if (const std::size_t mark = value.find(" [Op:"); mark != std::string::npos) value.erase(mark);
  while (value.ends_with('.') || value.ends_with(' ')) value.pop_back();
  return value;
}

std::optional<Verdict> TryRules(std::span<const CauseRule> rules, std::string_view text,
                                const Holes& known) {
  for (const CauseRule& rule : rules) {
    std::optional<Holes> holes = MatchPattern(rule.pattern, text);
    if (!holes) continue;
    if (!rule.also.empty()) {
      std::optional<Holes> others = MatchPattern(rule.also, text);
      if (!others) continue;
      holes->merge(*others);
    }
    for (auto& [name, value] : *holes) value = WithoutMarks(std::move(value));
    holes->insert(known.begin(), known.end());
    return Verdict{rule.kind, Shortened(FillHoles(rule.sentence, *holes), kLongestText),
                   FillHoles(rule.advice, *holes)};
  }
  return std::nullopt;
}

Holes KnownHoles(const Execution& execution, const FailureEvidence& all) {
  return {{"runtime", all.runtime.empty() ? "(not known)" : all.runtime},
          {"tensorflow", TensorFlowVersion(all)},
          {"status", std::to_string(execution.exit_code)}};
}

// Errors of the network come last of the tables but before Python's own, which are wider.
std::optional<Verdict> TryExceptionRules(const std::string& text, const Holes& known) {
  for (const auto rules : {StorageRules(), TensorFlowRules(), PyTorchRules(), SystemRules(),
                           NetworkRules(), PythonRules()}) {
    if (auto verdict = TryRules(rules, text, known)) return verdict;
  }
  return std::nullopt;
}

std::optional<Verdict> TryMissingModule(const std::string& text, const FailureEvidence& all) {
  auto holes = MatchPattern("No module named '{module}'", text);
  if (!holes) holes = MatchPattern("ImportError: No module named {module}", text);  // Python 2
  if (!holes) return std::nullopt;
  MissingModule missing = TellMissing(all, (*holes)["module"]);
  return Verdict{CauseKind::kModuleMissing, std::move(missing.sentence), std::move(missing.advice)};
}

// os.environ['DATA_DIR'].
std::optional<Verdict> TryVariable(const RaisedException& raised) {
  if (!raised.text.starts_with("KeyError: ") || raised.frames.empty()) return std::nullopt;
  const Frame& inner = raised.frames.back();
  const bool is_environ = inner.function == "__getitem__" &&
                          (inner.file == "<frozen os>" || inner.file.ends_with("/os.py"));
  if (!is_environ) return std::nullopt;
  const auto holes = MatchPattern("KeyError: '{name}'", raised.text);
  if (!holes) return std::nullopt;
  const std::string& name = holes->at("name");
  return Verdict{CauseKind::kVariableMissing,
                 "The environment variable " + name + " is not set in the replica.",
                 "Pass it as an argument; a job sees only the variables that the service sets."};
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> ExceptionLines(const RaisedException& raised) {
  std::vector<std::string> lines;
  if (raised.frame) {
    lines.push_back(Shortened("File \"" + raised.frame->file + "\", line " + raised.frame->line +
                                  (raised.frame->function.empty() ? "" : ", in ") +
                                  raised.frame->function,
                              kLongestLine));
    if (!raised.frame->code.empty()) lines.push_back("  " + raised.frame->code);
  }
  for (const std::string_view line : LinesOf(raised.text)) {
    if (lines.size() >= kLastLines) break;
    if (!line.empty()) lines.push_back(Shortened(line, kLongestLine));
  }
  return lines;
}

std::optional<Verdict> JudgeException(const RaisedException& raised, Holes known,
                                      const FailureEvidence& all) {
  known["where"] = raised.frame ? PlaceOf(*raised.frame) : "place not known";
  if (const auto name = MatchPattern("cannot import name '{name}' from '{module}'", raised.text))
    known["version"] = VersionText(all, name->at("module"));
  if (const auto name = MatchPattern("module '{module}' has no attribute", raised.text))
    known["version"] = VersionText(all, name->at("module"));
  // The calls too: some errors say only by them what they are of.
  std::string text = raised.text;
  for (const Frame& frame : raised.frames) text += "\n" + frame.file;
  std::optional<Verdict> verdict = TryVariable(raised);
  if (!verdict) verdict = TryExceptionRules(text, known);
  if (!verdict) verdict = TryMissingModule(raised.text, all);
  if (verdict) verdict->evidence = ExceptionLines(raised);
  return verdict;
}

Verdict AnyException(const RaisedException& raised) {
  std::string sentence = "The program raised " + FirstLine(raised.text);
  if (raised.frame) {
    sentence = Shortened(sentence, kLongestText - 150) + " (" + PlaceOf(*raised.frame);
    if (!raised.frame->function.empty() && raised.frame->function != "<module>")
      sentence += ", in " + raised.frame->function;
    sentence += ")";
  }
  return {CauseKind::kException, Shortened(sentence, kLongestText) + ".",
          "Read the traceback, and the lines before it.", ExceptionLines(raised)};
}

// Whether the program went on after its last traceback: it said much more, or it said something and
// then ended with a status of its own, which the interpreter never gives for what nobody caught.
bool WentOn(const Execution& execution, const Traceback& traceback) {
  const bool own_status = SignalOf(execution) == 0 && execution.exit_code > 1;
  return traceback.lines_after > (own_status ? 0 : kMostLinesAfter);
}

// What the program raised, of the last exception back to the first that led to it; what no rule
// knows is told as it is.
std::optional<Verdict> FromTraceback(const Execution& execution, const FailureEvidence& all) {
  std::optional<Traceback> traceback = LastTracebackOf(execution.err);
  if (!traceback) traceback = LastTracebackOf(execution.out);
  if (!traceback || WentOn(execution, *traceback)) return std::nullopt;
  const Holes known = KnownHoles(execution, all);
  const std::vector<RaisedException>& chain = traceback->chain;
  for (auto raised = chain.rbegin(); raised != chain.rend(); ++raised) {
    if (auto verdict = JudgeException(*raised, known, all)) return verdict;
  }
  return AnyException(chain.back());
}

// Lines that are no traceback's, the last ones first.
std::optional<Verdict> FromLines(const Execution& execution, const FailureEvidence& all) {
  const Holes known = KnownHoles(execution, all);
  for (const std::string* text : {&execution.err, &execution.out}) {
    const std::vector<std::string> lines = LastLines(*text, kEndLines);
    for (std::size_t i = lines.size(); i-- > 0;) {
      auto verdict = TryRules(LineRules(), lines[i], known);
      if (!verdict) continue;
      for (std::size_t j = i >= 2 ? i - 2 : 0; j < lines.size() && j <= i + 1; ++j)
        verdict->evidence.push_back(lines[j]);
      return verdict;
    }
  }
  return std::nullopt;
}

// The last line where it sounds like the reason: sys.exit("…"), a logged error, a usage.
std::optional<Verdict> FromLastWord(const Execution& execution) {
  const std::vector<std::string> lines = LastWords(execution);
  if (lines.empty()) return std::nullopt;
  const std::string& last = lines.back();
  std::string lower = last;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view kWords[] = {
      "error",    "fatal",   "fail",      "cannot",  "can't",     "could n",    "unable",
      "invalid",  "missing", "not found", "no such", "not exist", "usage:",     "must ",
      "critical", "abort",   "empty",     "refus",   "denied",    "unsupported"};
  const bool says_why = std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
  if (!says_why) return std::nullopt;
  return Verdict{
      CauseKind::kExitMessage,
      Shortened("The program ended itself with status " + std::to_string(execution.exit_code) +
                    "; the last that it said: " + last,
                kLongestText),
      "Look for sys.exit and for that message in the program.", lines};
}

// Where faulthandler says that it was: in the program's own code, else the innermost.
std::optional<Frame> FaultPlace(const std::string& err) {
  const std::size_t head = err.rfind("(most recent call first):");
  if (head == std::string::npos) return std::nullopt;
  std::optional<Frame> innermost;
  for (const std::string_view line : LinesOf(std::string_view(err).substr(head))) {
    const auto holes = MatchPattern("  File \"{file}\", line {line} in {function}", line);
    if (!holes) continue;
    Frame frame{holes->at("file"), holes->at("line"), holes->at("function"), ""};
    if (IsOfUser(frame)) return frame;
    if (!innermost) innermost = std::move(frame);
  }
  return innermost;
}

Verdict Crashed(const Execution& execution) {
  const int signal = SignalOf(execution);
  const std::string by = "signal " + SignalText(signal);
  Verdict verdict{CauseKind::kCrash, "The program crashed with " + by + ".",
                  "Look at the versions of the framework and of compiled packages; "
                  "python -X faulthandler shows where.",
                  LastWords(execution)};
  if (signal == 11 || signal == 7) {
    verdict.kind = CauseKind::kSegmentationFault;
    verdict.sentence =
        "The program, or native code in it, touched memory that is not its own: " + by + ".";
  } else if (signal == 4) {
    verdict.kind = CauseKind::kIllegalInstruction;
    verdict.sentence =
        "The program executed an instruction that this processor does not have: " + by + ".";
    verdict.advice =
        "A package was built for a newer processor (AVX): install a build for this one.";
  } else if (signal == 6) {
    verdict.kind = CauseKind::kAborted;
    verdict.sentence = "The program ended itself by abort(): " + by + ".";
  }
  if (const std::optional<Frame> place = FaultPlace(execution.err)) {
    verdict.sentence.pop_back();
    verdict.sentence += ", at " + PlaceOf(*place) + ", in " + place->function + ".";
  }
  return verdict;
}

Verdict Killed(const Execution& execution) {
  const std::string signal = SignalText(SignalOf(execution));
  return {CauseKind::kKilled,
          "The program was killed by signal " + signal +
              ", without evidence of who sent it: no stop was asked for, no limit was passed, and "
              "the kernel killed nothing for want of memory.",
          "Look for who kills on this machine (kill, a watchdog, os.kill in the program).",
          LastWords(execution)};
}

Verdict Unknown(const Execution& execution) {
  const std::vector<std::string> lines = LastWords(execution);
  return {CauseKind::kUnknown,
          "The cause is not known: the program " + EndText(execution) +
              (lines.empty() ? " and printed nothing." : "; its last lines tell no more."),
          "Look at its last lines, and for sys.exit and os._exit in the program.", lines};
}

Verdict NotInstalled(const Execution& execution, const FailureEvidence& all) {
  Verdict verdict{CauseKind::kPipFailed, Shortened(execution.told, kLongestText),
                  "Read pip's last lines, and pin what can be installed."};
  if (auto known = TryRules(InstallRules(), execution.install_output, KnownHoles(execution, all)))
    verdict = *std::move(known);
  verdict.evidence = LastLines(execution.install_output, kLastLines);
  return verdict;
}

// With what the runner saw itself there is nothing to guess.
std::optional<Verdict> FromRunner(const Execution& execution, const FailureEvidence& all) {
  const auto tell = [&](CauseKind kind, std::string fallback, std::string advice) {
    return Verdict{kind,
                   Shortened(execution.told.empty() ? fallback : execution.told, kLongestText),
                   std::move(advice), LastWords(execution)};
  };
  switch (execution.end) {
    case EndKind::kRunnerLost:
      return tell(CauseKind::kRunnerLost,
                  "The process that watches the program was lost, and the program was ended with "
                  "it.",
                  "Look for who kills on this machine.");
    case EndKind::kRebooted:
      return tell(CauseKind::kMachineRebooted, "The machine was started anew while it ran.", "");
    case EndKind::kGpuFailed:
      return tell(CauseKind::kGpuCheck, "A GPU that it was given failed its check.",
                  "Look at the machine's nvidia-smi.");
    case EndKind::kStagingFailed:
      return tell(CauseKind::kPackageUnreadable, "A package could not be read or unpacked.",
                  "Build the package again (python setup.py sdist) and submit it anew.");
    case EndKind::kStartFailed:
      return tell(CauseKind::kStartFailed, "The program could not be started.", "");
    case EndKind::kInstallFailed:
      return NotInstalled(execution, all);
    case EndKind::kDrilled:
      return tell(CauseKind::kKilled, "A fire drill killed it, as was asked.",
                  "Read the drill's report.");
    case EndKind::kOutputLimit:
      return tell(CauseKind::kOutputLimit, "It printed more than its limit.",
                  "Print less, or raise outputLimitBytes in mlengine.yaml.");
    case EndKind::kTooManyProcesses:
      return tell(CauseKind::kTooManyProcesses, "It reached its limit of processes and threads.",
                  "Take fewer threads and loader processes; maxProcesses in mlengine.yaml raises "
                  "the limit.");
    case EndKind::kOutOfMemory:
      return tell(CauseKind::kOutOfMemory,
                  "The replica used more memory than it has, and was killed for it" +
                      (execution.peak_memory_bytes > 0
                           ? ": at most " + std::to_string(execution.peak_memory_bytes) +
                                 " bytes were seen in use."
                           : std::string(".")),
                  "Choose a machine type with more memory, or smaller batches.");
    default:
      return std::nullopt;
  }
}

}  // namespace

bool HasFailed(const Execution& execution) {
  if (execution.end == EndKind::kStopped || execution.end == EndKind::kFinished) return false;
  return execution.end != EndKind::kUnknown || execution.exit_code != 0 || execution.signal != 0;
}

std::string EndText(const Execution& execution) {
  if (execution.signal != 0) return "was killed by signal " + SignalText(execution.signal);
  return "exited with status " + std::to_string(execution.exit_code);
}

Verdict JudgeExecution(const Execution& execution, const FailureEvidence& all) {
  if (auto verdict = FromRunner(execution, all)) return *std::move(verdict);
  const int signal = SignalOf(execution);
  const bool crashed = execution.end == EndKind::kCrash;
  const bool by_signal = crashed || execution.signal != 0 || execution.end == EndKind::kKilled;
  // A program that dies of a signal did not end by an exception, but for an interrupt.
  if (!by_signal || signal == 2) {
    auto verdict = FromTraceback(execution, all);
    // On a full disk other things fail too.
    const bool of_disk =
        execution.end != EndKind::kDiskFull || (verdict && verdict->kind == CauseKind::kDiskFull);
    if (verdict && of_disk) return *std::move(verdict);
  }
  // One that raised may crash on its way out, while the framework's threads still run: then it
  // printed nothing behind its traceback.
  if (crashed) {
    const std::optional<Traceback> traceback = LastTracebackOf(execution.err);
    if (traceback && traceback->lines_after == 0) {
      if (auto verdict = FromTraceback(execution, all)) return *std::move(verdict);
    }
  }
  if (execution.end != EndKind::kKilled && execution.end != EndKind::kDiskFull) {
    if (auto verdict = FromLines(execution, all)) return *std::move(verdict);
  }
  if (execution.end == EndKind::kDiskFull)
    return {CauseKind::kDiskFull, "The disk of its working folder was full.",
            "Free some space, or write less.", LastWords(execution)};
  if (crashed) return Crashed(execution);
  if (execution.end == EndKind::kKilled) return Killed(execution);
  if (execution.signal != 0) {
    return {CauseKind::kSignalled,
            "The program " + EndText(execution) +
                ", which it, or something that it works with, sent and did not handle.",
            "Handle the signal, or find who sends it.", LastWords(execution)};
  }
  if (auto verdict = FromLastWord(execution)) return *std::move(verdict);
  return Unknown(execution);
}

std::optional<Verdict> JudgeStopped(const Execution& execution, const FailureEvidence& all) {
  // One that hung dies of the stop's signal, and has printed nothing since; one that raised because
  // it was stopped ends by itself.
  if (execution.end != EndKind::kStopped || execution.signal == 0) return std::nullopt;
  const std::optional<Traceback> traceback = LastTracebackOf(execution.err);
  if (!traceback || traceback->lines_after > 0) return std::nullopt;
  return FromTraceback(execution, all);
}

}  // namespace mlengine::insight
