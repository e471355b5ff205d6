#pragma once

#include <zeromiss/dataset/objects.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// left top right bottom, pixels from 1 that are inside the box, as a continuous box from 0.
/// @param first  the field of `left`, from 1
BoxNumbers voc_box(const std::vector<std::string_view>& fields, std::size_t first,
                   const std::string& place);

}  // namespace zeromiss
