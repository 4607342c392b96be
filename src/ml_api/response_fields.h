// ResponseFields: the partial response that `fields=` asks for: "jobs(jobId,state),nextPageToken",
// "jobs/trainingInput/region", "*" for all fields of a level. Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::ml_api {

class ResponseFields {
 public:
  // INVALID_ARGUMENT names what the answer's type does not have, or where the text is not
  // understood. Both spellings of a field are accepted.
  static Result<ResponseFields> Parse(std::string_view text,
                                      const google::protobuf::Descriptor& type);

  // Takes everything else out of `tree`; lists are gone through.
  void Keep(boost::json::value& tree) const;

 private:
  friend class FieldsParser;
  // By JSON name. A field without any below it is kept whole.
  std::map<std::string, ResponseFields, std::less<>> below_;
};

}  // namespace mlengine::ml_api
