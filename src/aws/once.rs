//! The clients of the calls that change something: each call is one request, of which AWS's answer is awaited for 20 seconds at the most.

use std::time::Duration;

use aws_smithy_types::timeout::TimeoutConfig;

/// A client of one service that sends a change once. With the SDK's retries, a lost response would send a second code, which invalidates the
/// first, or repeat a departure and report the second call's error although the account has left.
macro_rules! once {
    ($service:ident, $config:expr, $partition:expr) => {
        $service::Client::from_conf(
            $service::config::Builder::from($config)
                .region(aws_types::region::Region::new($partition.global_region()))
                .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
                .timeout_config($crate::aws::once::time_outs())
                .interceptor($crate::aws::whole_answer::NO_WEB_PAGE)
                .build(),
        )
    };
}

pub(super) use once;

pub(super) fn time_outs() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(18))
        .operation_attempt_timeout(Duration::from_secs(19))
        .operation_timeout(Duration::from_secs(20))
        .build()
}
