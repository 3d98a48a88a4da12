#include "voice_processing.h"

#include <webrtc/common.h>
#include <webrtc/modules/audio_processing/include/audio_processing.h>
#include <webrtc/modules/interface/module_common_types.h>

#include <cmath>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>

using webrtc::AudioProcessing;

namespace {
constexpr int kRate = 16000;
constexpr int kFrame = 160;

// The library's transforms share tables that every initialisation writes anew: nobody may be transforming meanwhile, or the same
// sound would not give the same bits.
std::shared_mutex tables;
}  // namespace

struct pvp_processor {
    std::unique_ptr<AudioProcessing> library;
    webrtc::AudioFrame far_frame;
    webrtc::AudioFrame near_frame;
    bool cancels_echo = false;
};

namespace {

void prepare(webrtc::AudioFrame &frame) {
    frame.num_channels_ = 1;
    frame.sample_rate_hz_ = kRate;
    frame.samples_per_channel_ = kFrame;
}

void take(const float *samples, webrtc::AudioFrame &frame) {
    prepare(frame);
    for (int index = 0; index < kFrame; ++index) {
        float value = std::nearbyint(samples[index] * 32768.0f);
        // The comparison also turns what is no number into silence.
        if (!(value > -32768.0f)) value = value <= -32768.0f ? -32768.0f : 0.0f;
        frame.data_[index] = static_cast<int16_t>(value > 32767.0f ? 32767.0f : value);
    }
}

int initialise(pvp_processor &processor) {
    webrtc::StreamConfig stream(kRate, 1);
    webrtc::ProcessingConfig streams{{stream, stream, stream, stream}};
    return processor.library->Initialize(streams);
}

int configure(pvp_processor &processor, const pvp_settings &settings) {
    AudioProcessing &library = *processor.library;
    int failed = library.high_pass_filter()->Enable(settings.high_pass != 0);

    auto *echo = library.echo_cancellation();
    processor.cancels_echo = settings.echo_canceller != 0;
    if (processor.cancels_echo) {
        failed |= echo->set_suppression_level(
            static_cast<webrtc::EchoCancellation::SuppressionLevel>(settings.echo_canceller - 1));
        failed |= echo->enable_metrics(true);
        failed |= echo->enable_delay_logging(true);
    }
    failed |= echo->Enable(processor.cancels_echo);

    auto *noise = library.noise_suppression();
    if (settings.noise_suppressor != 0) {
        failed |= noise->set_level(static_cast<webrtc::NoiseSuppression::Level>(settings.noise_suppressor - 1));
    }
    failed |= noise->Enable(settings.noise_suppressor != 0);

    // Digital only: the volume of the microphone stays as its owner set it.
    auto *gain = library.gain_control();
    if (settings.gain_control != 0) {
        failed |= gain->set_mode(webrtc::GainControl::kAdaptiveDigital);
        failed |= gain->set_target_level_dbfs(3);
        failed |= gain->set_compression_gain_db(9);
        failed |= gain->enable_limiter(true);
    }
    failed |= gain->Enable(settings.gain_control != 0);

    auto *voice = library.voice_detection();
    failed |= voice->set_likelihood(static_cast<webrtc::VoiceDetection::Likelihood>(settings.voice_likelihood));
    failed |= voice->set_frame_size_ms(10);
    failed |= voice->Enable(true);
    return failed;
}

}  // namespace

pvp_processor *pvp_create(const pvp_settings *settings) {
    std::unique_ptr<pvp_processor> processor(new (std::nothrow) pvp_processor);
    if (!processor) return nullptr;
    std::unique_lock lock(tables);
    webrtc::Config options;
    // The long filter tolerates a delay that is known within 100 ms; finding the delay itself takes the library 20 s where it is
    // long, so it is told.
    options.Set<webrtc::ExtendedFilter>(new webrtc::ExtendedFilter(true));
    options.Set<webrtc::DelayAgnostic>(new webrtc::DelayAgnostic(false));
    options.Set<webrtc::ExperimentalAgc>(new webrtc::ExperimentalAgc(false));
    processor->library.reset(AudioProcessing::Create(options));
    if (!processor->library) return nullptr;
    if (configure(*processor, *settings) != 0 || initialise(*processor) != 0) return nullptr;
    prepare(processor->far_frame);
    prepare(processor->near_frame);
    return processor.release();
}

void pvp_destroy(pvp_processor *processor) { delete processor; }

int pvp_reset(pvp_processor *processor) {
    std::unique_lock lock(tables);
    return initialise(*processor);
}

int pvp_far(pvp_processor *processor, const float *samples) {
    std::shared_lock lock(tables);
    take(samples, processor->far_frame);
    return processor->library->ProcessReverseStream(&processor->far_frame);
}

int pvp_near(pvp_processor *processor, float *samples, int delay) {
    std::shared_lock lock(tables);
    take(samples, processor->near_frame);
    if (processor->cancels_echo) processor->library->set_stream_delay_ms(delay);
    int failed = processor->library->ProcessStream(&processor->near_frame);
    for (int index = 0; index < kFrame; ++index) {
        samples[index] = static_cast<float>(processor->near_frame.data_[index]) * (1.0f / 32768.0f);
    }
    return failed;
}

int pvp_has_voice(const pvp_processor *processor) {
    return processor->library->voice_detection()->stream_has_voice() ? 1 : 0;
}

int pvp_delay_log(pvp_processor *processor, pvp_delay *delay) {
    int median = 0, deviation = 0;
    float poor = 0;
    int failed = processor->library->echo_cancellation()->GetDelayMetrics(&median, &deviation, &poor);
    if (failed != 0) return failed;
    if (median == -1 && deviation == -1) return -1;
    delay->median = median;
    delay->deviation = deviation;
    delay->poor_fraction = poor;
    return 0;
}

int pvp_echo_log(pvp_processor *processor, pvp_echo *echo) {
    webrtc::EchoCancellation::Metrics metrics;
    int failed = processor->library->echo_cancellation()->GetMetrics(&metrics);
    if (failed != 0) return failed;
    echo->return_loss = metrics.echo_return_loss.instant;
    echo->return_loss_enhancement = metrics.echo_return_loss_enhancement.instant;
    return 0;
}
