import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { useState } from 'react';
import { createBrowserRouter, RouterProvider } from 'react-router-dom';
import { createQueryClient } from './api/query-client.js';
import { CSP_NONCE } from './csp-nonce.js';
import { routes } from './routes.js';
import { EndedSessionDialog } from './session/ended-session-dialog.js';
import { textColors, theme } from './theme.js';

// For the parts of Mantine that stop the page from scrolling under a dialog.
if (CSP_NONCE !== '') setNonce(CSP_NONCE);

const router = createBrowserRouter(routes);

export function App(): React.ReactNode {
  const [queries] = useState(createQueryClient);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={textColors} defaultColorScheme="auto" getStyleNonce={() => CSP_NONCE}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <EndedSessionDialog />
      </QueryClientProvider>
      <Notifications position="bottom-right" />
    </MantineProvider>
  );
}
