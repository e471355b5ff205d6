// Stands in for NVIDIA's libcupti, as no_cudart.cpp does for libcudart: nothing can be profiled.

namespace {
constexpr int kNotInitialized = 15;  // CUPTI_ERROR_NOT_INITIALIZED
constexpr const char* kText = "CUPTI is not part of this archive";
}  // namespace

#define ZEROMISS_NO(function) \
  int function() { return kNotInitialized; }

extern "C" {
ZEROMISS_NO(cuptiActivityDisable)
ZEROMISS_NO(cuptiActivityEnable)
ZEROMISS_NO(cuptiActivityEnableCudaEventDeviceTimestamps)
ZEROMISS_NO(cuptiActivityEnableDriverApi)
ZEROMISS_NO(cuptiActivityEnableRuntimeApi)
ZEROMISS_NO(cuptiActivityFlushAll)
ZEROMISS_NO(cuptiActivityGetNextRecord)
ZEROMISS_NO(cuptiActivityGetNumDroppedRecords)
ZEROMISS_NO(cuptiActivityPopExternalCorrelationId)
ZEROMISS_NO(cuptiActivityPushExternalCorrelationId)
ZEROMISS_NO(cuptiActivityRegisterCallbacks)
ZEROMISS_NO(cuptiActivityRegisterTimestampCallback)
ZEROMISS_NO(cuptiActivitySetAttribute)
ZEROMISS_NO(cuptiEnableCallback)
ZEROMISS_NO(cuptiEnableDomain)
ZEROMISS_NO(cuptiFinalize)
ZEROMISS_NO(cuptiSubscribe)
ZEROMISS_NO(cuptiUnsubscribe)
int cuptiGetVersion(unsigned* version) {
  *version = 0;
  return kNotInitialized;
}
int cuptiGetResultString(int /*result*/, const char** text) {
  *text = kText;
  return 0;
}
int cuptiGetCallbackName(int /*domain*/, unsigned /*id*/, const char** name) {
  *name = kText;
  return kNotInitialized;
}
}
