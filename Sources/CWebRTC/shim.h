// Empty: the C++ headers are only seen by CVoiceProcessing.
