// The Python traceback at the end of a program's output. Pure; takes any bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlengine::insight {

struct Frame {
  std::string file;
  std::string line;      // number, as printed
  std::string function;  // "<module>"; "" of a SyntaxError
  std::string code;      // "" where it was not printed
};

struct RaisedException {
  std::string type;  // "ValueError", "tensorflow.python.framework.errors_impl.NotFoundError"
  // What was printed from the type on, of one or more lines: at most 40 lines and 8 KiB.
  std::string text;
  // The frame nearest to the error in code of the user's, else the last; empty without frames.
  std::optional<Frame> frame = {};
  std::vector<Frame> frames = {};  // the last 64
};

struct Traceback {
  // In the order they were printed: causes and contexts first, the one that ended the program last.
  std::vector<RaisedException> chain;
  // Lines behind the last exception's first one that are neither empty nor indented: of its own
  // message, or of what the program did after it.
  int lines_after = 0;
};

// The last traceback of `text`, whose lines may begin with "[rank0]: ". Nothing when there is none,
// or none with an exception.
std::optional<Traceback> LastTracebackOf(std::string_view text);

// Not in the interpreter's library nor in an installed package.
bool IsOfUser(const Frame& frame);

// "trainer/task.py, line 7": of a frame, without the folders above.
std::string PlaceOf(const Frame& frame);

// Lines of a text, without line ends ("\r\n" too); of one redrawn with '\r' what stood last.
std::vector<std::string_view> LinesOf(std::string_view text);

}  // namespace mlengine::insight
