"""What every room stands on and no room owns: refusals, the audit trail, workflows as tables,
public numbers, masks for personal data and encrypted fields. No business noun lives here."""
