// WebRTC's audio processing for one microphone: 10 ms frames of 160 samples at 16 kHz, one channel.
//
// An instance is used from one thread at a time. Nothing is allocated after pvp_create.
#ifndef PARLEY_VOICE_PROCESSING_H
#define PARLEY_VOICE_PROCESSING_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pvp_processor pvp_processor;

typedef struct {
    int echo_canceller;    // 0 off; suppression of what is left of the echo: 1 low, 2 moderate, 3 high
    int noise_suppressor;  // 0 off, 1 low, 2 moderate, 3 high, 4 very high
    int gain_control;      // 0 off, 1 on
    int high_pass;         // 0 off, 1 on
    int voice_likelihood;  // 0 very low (fewest false alarms) to 3 high
} pvp_settings;

typedef struct {
    int median;           // ms by which the echo comes later than reported
    int deviation;        // ms
    float poor_fraction;  // part of the time in which no delay the canceller can handle was seen
} pvp_delay;

typedef struct {
    int return_loss;              // dB, loudspeaker to echo
    int return_loss_enhancement;  // dB, echo to what is left of it
} pvp_echo;

/// A new processor, or NULL.
pvp_processor *pvp_create(const pvp_settings *settings);
void pvp_destroy(pvp_processor *processor);
/// Forgets what was learned about room and noise; 0 if it went well.
int pvp_reset(pvp_processor *processor);

/// Takes a frame that was handed to the loudspeaker; 0 if it went well.
int pvp_far(pvp_processor *processor, const float *samples);
/// Cleans a frame of the microphone in place; afterwards each sample is a multiple of 1/32768. `delay`: ms from `pvp_far` until the
/// echo of that frame comes here. 0 if it went well.
int pvp_near(pvp_processor *processor, float *samples, int delay);
/// Whether a voice was heard in the last frame.
int pvp_has_voice(const pvp_processor *processor);

/// What the canceller measured of the delay since the last call; 0 if it has measured.
int pvp_delay_log(pvp_processor *processor, pvp_delay *delay);
/// How well it cancels at present; 0 if it has measured.
int pvp_echo_log(pvp_processor *processor, pvp_echo *echo);

#ifdef __cplusplus
}
#endif

#endif
