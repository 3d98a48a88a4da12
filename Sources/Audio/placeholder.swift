// Filled by the stages of this target.
