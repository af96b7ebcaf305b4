//! NTLMv2 (MS-NLMP), spoken by sspi: which messages go and what is in them. Who carries them is none of its business.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sspi::{
    AuthIdentity, AuthIdentityBuffers, BufferType, ClientRequestFlags, CredentialUse,
    DataRepresentation, SecurityBuffer, SecurityStatus, Sspi as _, SspiImpl as _, Username,
};

use super::Account;

/// One log-in: a type-1 message goes, a type-2 message comes, a type-3 message goes.
pub(in crate::ews) struct Ntlm {
    speaker: sspi::Ntlm,
    credentials: Option<AuthIdentityBuffers>,
    target: String,
}

impl Ntlm {
    /// Prepares a log-in at a host.
    ///
    /// # Errors
    /// When the account's name has no form that NTLM knows.
    pub(in crate::ews) fn new(account: &Account, host: &str) -> Result<Self, String> {
        let username = Username::parse(&account.username)
            .map_err(|_| "exchange.username is neither DOMAIN\\user nor user@domain".to_owned())?;
        let identity = AuthIdentity {
            username,
            password: account.password.reveal().to_owned().into(),
        };
        let mut speaker = sspi::Ntlm::new();
        let acquired = speaker
            .acquire_credentials_handle()
            .with_credential_use(CredentialUse::Outbound)
            .with_auth_data(&identity)
            .execute(&mut speaker)
            .map_err(|error| said(&error))?;
        Ok(Self {
            speaker,
            credentials: acquired.credentials_handle,
            target: format!("HTTP/{host}"),
        })
    }

    /// The first message, in base64.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(in crate::ews) fn negotiate(&mut self) -> Result<String, String> {
        self.step(&[])
    }

    /// The proof that a challenge asks for, both in base64, bound to a TLS connection where there is one.
    ///
    /// # Errors
    /// When the challenge cannot be read or is too weak to be answered.
    pub(in crate::ews) fn authenticate(
        &mut self,
        challenge: &str,
        binding: Option<&[u8]>,
    ) -> Result<String, String> {
        let challenge = STANDARD
            .decode(challenge)
            .map_err(|_| "the challenge is not in base64".to_owned())?;
        if let Some(binding) = binding {
            self.speaker.set_channel_bindings(binding);
        }
        self.step(&challenge)
    }

    fn step(&mut self, told: &[u8]) -> Result<String, String> {
        let mut input = [SecurityBuffer::new(told.to_vec(), BufferType::Token)];
        let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let mut builder = self
            .speaker
            .initialize_security_context()
            .with_credentials_handle(&mut self.credentials)
            .with_context_requirements(
                ClientRequestFlags::INTEGRITY | ClientRequestFlags::ALLOCATE_MEMORY,
            )
            .with_target_data_representation(DataRepresentation::Native)
            .with_target_name(&self.target)
            .with_input(&mut input)
            .with_output(&mut output);
        let status = self
            .speaker
            .initialize_security_context_impl(&mut builder)
            .and_then(|mut step| step.resolve_to_result())
            .map_err(|error| said(&error))?
            .status;
        if matches!(
            status,
            SecurityStatus::CompleteNeeded | SecurityStatus::CompleteAndContinue
        ) {
            self.speaker
                .complete_auth_token(&mut output)
                .map_err(|error| said(&error))?;
        }
        let [token] = output;
        Ok(STANDARD.encode(token.buffer))
    }
}

fn said(error: &sspi::Error) -> String {
    format!("{:?}: {}", error.error_type, error.description)
}
